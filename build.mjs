// node build.mjs                                   dist/: index.js, evaluate.js, verify.js and cli.js for Node; browser.js,
//                                                  evaluate-browser.js, verify-browser.js, worker.js and viewer.js for pages
// node build.mjs test [--only NAME,..] [--gpu] [--browser] [--adapter X] [--jobs N]
//                                                  every kernels-test/*.test.ts as a process of its own; --gpu: those that use a
//                                                  device, to be repeated on another adapter; --browser: those of kernels-test/browser, which drive Chromium
// node build.mjs types                             dist/types, for the package
// node build.mjs demos [--port N]                  dist/demos, served on 127.0.0.1 until it is ended
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { bundleDemos, bundleViewer } from "./demos/bundle.mjs";
import { serve } from "./demos/serve.mjs";
import { bundleForNode, bundlePages, sourcesIn } from "./kernels-test/bundles.mjs";
import { runAll } from "./kernels-test/run.mjs";
import { bundleForPages, pages } from "./src/page-bundle.mjs";
import { wgslPlugin } from "./src/wgsl.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const wgsl = wgslPlugin(root);

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  packages: "external",
  plugins: [wgsl],
  loader: { ".py": "text" },
  metafile: true,
  logLevel: "warning",
  legalComments: "none",
};

/** For a page, with everything in it. */
const page = { ...common, platform: "browser", packages: "bundle", plugins: [wgsl, pages] };

async function buildLibrary() {
  const entries = {
    index: "src/index.ts",
    evaluate: "src/evaluate/index.ts",
    cli: "src/cli/main.ts",
    verify: "kernels-test/verify.ts",
  };
  const present = Object.entries(entries).filter(([, file]) => existsSync(join(root, file)));
  // One build, so that the command line and the verifier share the library's classes instead of holding copies.
  const node = {
    ...common,
    platform: "node",
    splitting: true,
    chunkNames: "chunk-[hash]",
    outdir: "dist",
    write: false,
  };
  const output = [];
  if (present.length > 0)
    output.push(...(await build({ ...node, entryPoints: Object.fromEntries(present) })).outputFiles);
  const forPages = {
    "browser.js": "src/index.ts",
    "worker.js": "src/worker.ts",
    "evaluate-browser.js": "src/evaluate/index.ts",
  };
  const made = [
    await bundleForPages(root, forPages),
    await bundleForPages(root, { "verify-browser.js": "kernels-test/verify-page.ts" }, { flops: true }),
  ];
  output.push(...made.flatMap(Object.entries).map(([name, text]) => ({ path: join(root, "dist", name), text })));
  const dist = join(root, "dist");
  output.push({ path: join(dist, "viewer.js"), text: await bundleViewer(page) });
  mkdirSync(dist, { recursive: true });
  const names = output.map((file) => basename(file.path));
  for (const { path, text } of output) {
    const command = basename(path) === "cli.js";
    writeFileSync(path, command ? `#!/usr/bin/env node\n${text.replace(/^#!.*\n/, "")}` : text, {
      mode: command ? 0o755 : 0o644,
    });
  }
  for (const old of readdirSync(dist)) if (/^chunk-\w+\.js$/.test(old) && !names.includes(old)) rmSync(join(dist, old));
}

async function test({ only, gpu, browser, adapter, jobs }) {
  const total = { passed: 0, failed: 0 };
  const attempt = async (what, work) => {
    try {
      return await work();
    } catch (error) {
      total.failed++;
      console.log(`FAIL ${what} does not build: ${error.message}`);
      return undefined;
    }
  };
  const folder = browser ? "browser" : "";
  const wanted = only?.split(",");
  const files = sourcesIn(root, folder, ".test.ts").filter(
    (file) => wanted?.includes(file.replace(".test.ts", "")) ?? true,
  );
  for (const name of wanted ?? [])
    if (!files.includes(`${name}.test.ts`))
      await attempt(name, () => Promise.reject(new Error("there is no such test")));
  // With --only the rest of the tree may be broken: nothing else is built.
  if (!wanted || browser) await attempt("the library", buildLibrary);
  if (browser) {
    await attempt("the pages", () => bundlePages({ common, page }, root));
    await attempt("the demos", () => bundleDemos(page, root));
  }
  const out = (file) => join(root, "dist/test", file.replace(/(\.test)?\.ts$/, ".js"));
  for (const file of browser ? [] : sourcesIn(root, "child", ".ts"))
    await attempt(file, () => bundleForNode(common, `child/${file}`, out(`child/${file}`)));
  const bundles = [];
  for (const file of files) {
    const bundle = await attempt(file, () => bundleForNode(common, join(folder, file), out(join(folder, file))));
    if (bundle && (!gpu || bundle.gpu)) bundles.push(bundle);
  }
  const { passed, failed } = await runAll(bundles, root, adapter, Number(jobs ?? Math.min(2, availableParallelism())));
  total.passed += passed;
  total.failed += failed;
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

/** Declarations of the three public entries; `@internal` members are left out. */
function types() {
  rmSync(join(root, "dist/types"), { recursive: true, force: true });
  const flags = [
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--stripInternal",
    "--rootDir",
    ".",
    "--outDir",
    "dist/types",
  ];
  const { status } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.json", ...flags], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
  const entries = { index: "src/index", evaluate: "src/evaluate/index", verify: "kernels-test/verify" };
  for (const [name, target] of Object.entries(entries)) {
    if (existsSync(join(root, `${target}.ts`)))
      writeFileSync(join(root, `dist/types/${name}.d.ts`), `export * from "./${target}.js";\n`);
  }
}

async function demos({ port }) {
  await bundleDemos(page, root);
  const { origin } = await serve(join(root, "dist/demos"), Number(port ?? 8080));
  console.log(`The demos are at ${origin}/ until this is ended (Ctrl+C).`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    gpu: { type: "boolean" },
    browser: { type: "boolean" },
    adapter: { type: "string" },
    jobs: { type: "string" },
    port: { type: "string" },
  },
});
const command = positionals[0] ?? "build";
if (command === "build") await buildLibrary().catch(() => (process.exitCode = 1));
else if (command === "test") await test(values);
else if (command === "types") types();
else if (command === "demos") await demos(values);
else {
  console.error(`build.mjs: no such command: ${command}. There are: build, test, types, demos.`);
  process.exitCode = 2;
}
