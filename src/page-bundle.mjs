// The library as one ES module for pages: no code for Node, shaders in short, nothing that a bundler could not leave out.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { pageForm, wgslPlugin } from "./wgsl.mjs";

/** In a page `x/node.js` is `x/browser.js`, and nothing may be imported at run time. */
export const pages = {
  name: "pages",
  setup(b) {
    b.onResolve({ filter: /\/node\.js$/ }, ({ path, resolveDir }) => {
      const twin = join(resolveDir, path).replace(/node\.js$/, "browser.ts");
      return existsSync(twin) ? { path: twin } : undefined;
    });
    b.onEnd(({ metafile }) => ({
      errors: Object.entries(metafile?.inputs ?? {}).flatMap(([file, { imports }]) =>
        imports
          .filter((i) => i.external)
          .map((i) => ({ text: `${file} imports ${i.path}: the browser build must hold no code for Node` })),
      ),
    }));
  },
};

/** Rows of ops without their `flops`, which the bench alone asks for: from that line to the next that stands as far out. */
const withoutFlops = {
  name: "without flops",
  setup(b) {
    b.onLoad({ filter: /[\\/]src[\\/]ops[\\/][\w-]+\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/^( +)flops[:,].*\n(?:\1[ })\]].*\n)*/gm, ""),
      loader: "ts",
    }));
  },
};

/** Bundles modules for pages.
 * @param root the repository
 * @param entries names and paths of modules
 * @param flops whether rows of ops keep their counts of operations, for the bench
 * @returns names and texts */
export async function bundleForPages(root, entries, { flops = false } = {}) {
  const form = pageForm(root);
  const made = Object.entries(entries).map(async ([name, entry]) => {
    const { outputFiles } = await build({
      absWorkingDir: root,
      stdin: { contents: `import "shaders:near"; export * from "./${entry}";`, resolveDir: root },
      bundle: true,
      format: "esm",
      target: "es2022",
      platform: "browser",
      packages: "external",
      plugins: [wgslPlugin(root, form), ...(flops ? [] : [withoutFlops]), pages],
      metafile: true,
      logLevel: "warning",
      legalComments: "none",
      write: false,
    });
    return [name, droppable(outputFiles[0].text)];
  });
  return Object.fromEntries(await Promise.all(made));
}

/** Marks the constants of a bundle, so that the user's bundler may leave out those that nothing uses: it cannot see that a call, a
 * spread or a power at the top of a module does nothing else.
 * @param code as esbuild prints it: a statement begins at the margin and ends before the next that does */
function droppable(code) {
  const lines = code.split("\n");
  const begins = /^[^\s})\]]/;
  const out = [];
  for (let i = 0; i < lines.length; ) {
    const from = i++;
    while (i < lines.length && !begins.test(lines[i])) i++;
    out.push(marked(lines.slice(from, i).join("\n")));
  }
  return out.join("\n");
}

function marked(statement) {
  const [, name, value] = /^var (\w+) = ([\s\S]*);\s*$/.exec(statement) ?? [];
  if (name === undefined || /^(?:class\b|async\b|\(|[\w$]+ =>|"|\/)/.test(value)) return statement;
  // Strings may hold anything: shaders do.
  const bare = value.replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  if (!/\(|\.\.\.|`| [-+*/%] |\*\*/.test(bare)) return statement;
  return `var ${name} = /* @__PURE__ */ (() => (${value}))();\n`;
}
