// Bundles of the tests: for Node, and for a page.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const folder = "kernels-test";

/** Test files, or what they start, below kernels-test. */
export const sourcesIn = (root, sub, ending) => {
  try {
    return readdirSync(join(root, folder, sub))
      .filter((file) => file.endsWith(ending))
      .sort();
  } catch {
    return [];
  }
};

/** Whether a test is enough on one adapter: its first line says so, and why. */
const onOne = (root, file) => readFileSync(join(root, folder, file), "utf8").startsWith("// On one adapter: ");

/** Bundles one test, or one program that a test starts (kernels-test/child), and says whether it has to touch the device of each
 * adapter. */
export async function bundleForNode(common, file, out) {
  const options = {
    ...common,
    platform: "node",
    sourcemap: "inline",
    entryPoints: [`${folder}/${file}`],
    outfile: out,
  };
  const { metafile } = await build(options);
  const gpu = "src/gpu/device.ts" in metafile.inputs && !onOne(common.absWorkingDir, file);
  return { name: basename(out, ".js"), out, gpu };
}

/** In a page there is no environment; `LATENTGPU_OPS` is what it is here. */
const environment = () => ({
  "process.env.LATENTGPU_OPS": JSON.stringify(process.env.LATENTGPU_OPS) ?? "undefined",
  "process.env.LATENTGPU_KERNELS": "undefined",
});

const html = (name) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title><script type="module" src="${name}.js"></script></html>\n`;

/** In the place of uvu the collector of tests; what uvu has beside (assert) stays. */
const gatherer = (root) => ({
  name: "gatherer",
  setup(b) {
    b.onResolve({ filter: /^uvu$/ }, () => ({ path: join(root, folder, "browser/collect.ts") }));
  },
});

/** Bundles pages below dist/test/pages: every file of kernels-test/browser/pages, and every suite that uses a device, has to
 * on each adapter, and uses nothing of Node. The latter are told with uvu's tests gathered: once for the page, once for Node, where they are counted. */
export async function bundlePages({ common, page }, root) {
  const out = join(root, "dist/test/pages");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const options = { ...page, absWorkingDir: root, logLevel: "silent", write: false, define: environment() };
  const write = (name, { outputFiles }) => {
    writeFileSync(join(out, `${name}.js`), outputFiles[0].contents);
    writeFileSync(join(out, `${name}.html`), html(name));
  };
  for (const file of sourcesIn(root, "browser/pages", ".ts")) {
    const name = basename(file, ".ts");
    write(name, await build({ ...options, entryPoints: [`${folder}/browser/pages/${file}`], outfile: `${name}.js` }));
  }
  const suites = [];
  for (const file of sourcesIn(root, "", ".test.ts").filter((f) => !onOne(root, f))) {
    const name = file.replace(".test.ts", "");
    const gathered = (of, then) => ({
      ...of,
      plugins: [gatherer(root), ...of.plugins],
      stdin: { contents: `import "./${file}";\n${then}`, resolveDir: join(root, folder) },
      outfile: `${name}.js`,
    });
    const inPage = `import { runAll } from "./browser/collect.js"; globalThis.results = [];
      await runAll((result) => globalThis.results.push(result)); globalThis.done = true;`;
    let made;
    try {
      made = await build(gathered(options, inPage));
    } catch (error) {
      if (error.errors?.some(({ text }) => text.includes('"node:'))) continue;
      throw error;
    }
    if (!("src/gpu/device.ts" in made.metafile.inputs)) continue;
    write(`suite-${name}`, made);
    const counted = { ...common, absWorkingDir: root, platform: "node", define: environment() };
    const count = gathered(counted, 'export { titles } from "./browser/collect.js";');
    await build({ ...count, outfile: join(out, `titles-${name}.mjs`) });
    suites.push(name);
  }
  writeFileSync(join(out, "suites.json"), JSON.stringify(suites));
}
