// node build.mjs                                   dist/: index.js, browser.js, cli.js, verify.js
// node build.mjs test [--only NAME,..] [--gpu] [--adapter X] [--jobs N]
//                                                  every kernels-test/*.test.ts as a process of its own; --gpu: those that use a device
// node build.mjs types                             dist/types, for the package
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { runAll } from "./kernels-test/run.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const shaders = join(root, "shaders");

const slashes = (path) => path.split(sep).join("/");
const shaderName = (path) => slashes(relative(shaders, path)).replace(/\.wgsl$/, "");
const usesOf = (code) => [...code.matchAll(/^\/\/ use:(.*)$/gm)].flatMap((m) => m[1].split(",").map((s) => s.trim()));

/** A shader's text with the libraries it uses behind it, each once, so that line numbers of the file itself stay true. */
function readShader(path) {
  const code = readFileSync(path, "utf8");
  const files = [path];
  const parts = [code];
  for (const queue = usesOf(code); queue.length > 0; ) {
    const use = queue.shift();
    const library = join(shaders, `${use}.wgsl`);
    if (files.includes(library)) continue;
    if (!existsSync(library))
      throw new Error(`shaders/${shaderName(path)}.wgsl uses ${use}, but shaders/${use}.wgsl is not there`);
    const text = readFileSync(library, "utf8");
    files.push(library);
    parts.push(text);
    queue.push(...usesOf(text));
  }
  return {
    files,
    source: {
      name: shaderName(path),
      code: parts
        .map((p) => p.trimEnd())
        .join("\n\n")
        .concat("\n"),
    },
  };
}

const allShaders = () =>
  readdirSync(shaders, { recursive: true })
    .map((file) => join(shaders, String(file)))
    .filter((file) => file.endsWith(".wgsl") && !shaderName(file).startsWith("lib/"))
    .sort();

/** `import k from "….wgsl"` gives a KernelSource; `import all from "shaders:all"` gives every one that is not a library. */
const wgsl = {
  name: "wgsl",
  setup(b) {
    b.onLoad({ filter: /\.wgsl$/ }, ({ path }) => {
      try {
        const { files, source } = readShader(path);
        return { contents: `export default ${JSON.stringify(source)};`, loader: "js", watchFiles: files };
      } catch (error) {
        return { errors: [{ text: error.message }] };
      }
    });
    b.onResolve({ filter: /^shaders:all$/ }, () => ({ path: "all", namespace: "shaders" }));
    b.onLoad({ filter: /.*/, namespace: "shaders" }, () => {
      const names = allShaders().map((file) => `./${shaderName(file)}.wgsl`);
      const imports = names.map((name, i) => `import k${i} from ${JSON.stringify(name)};`);
      const contents = `${imports.join("\n")}\nexport default [${names.map((_, i) => `k${i}`).join(", ")}];`;
      return { contents, loader: "js", resolveDir: shaders };
    });
  },
};

/** In a page `x/node.js` is `x/browser.js`, and nothing may be imported at run time. */
const pages = {
  name: "pages",
  setup(b) {
    b.onResolve({ filter: /\/node\.js$/ }, ({ path, resolveDir }) => {
      const twin = join(resolveDir, path).replace(/node\.js$/, "browser.ts");
      return existsSync(twin) ? { path: twin } : undefined;
    });
    b.onEnd(({ metafile }) => ({
      errors: Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
        imports
          .filter((i) => i.external)
          .map((i) => ({ text: `${file} imports ${i.path}: the browser build must hold no code for Node` })),
      ),
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  target: "es2022",
  packages: "external",
  plugins: [wgsl],
  metafile: true,
  logLevel: "warning",
  legalComments: "none",
};

async function buildLibrary() {
  const entries = { index: "src/index.ts", cli: "src/cli/main.ts", verify: "kernels-test/verify.ts" };
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
  if (existsSync(join(root, entries.index))) {
    const page = { ...common, platform: "browser", plugins: [wgsl, pages], write: false, outfile: "dist/browser.js" };
    output.push(...(await build({ ...page, entryPoints: [entries.index] })).outputFiles);
  }
  const dist = join(root, "dist");
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

const testFiles = (folder, ending) => {
  const at = join(root, "kernels-test", folder);
  return existsSync(at)
    ? readdirSync(at)
        .filter((file) => file.endsWith(ending))
        .sort()
    : [];
};

/** Bundles one test, or one program that a test starts (kernels-test/child), and says whether it touches a device. */
async function buildTest(file, out) {
  const options = {
    ...common,
    platform: "node",
    sourcemap: "inline",
    entryPoints: [`kernels-test/${file}`],
    outfile: out,
  };
  const { metafile } = await build(options);
  return { name: basename(out, ".js"), out, gpu: "src/gpu/device.ts" in metafile.inputs };
}

async function test({ only, gpu, adapter, jobs }) {
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
  const wanted = only?.split(",");
  const files = testFiles("", ".test.ts").filter((file) => !wanted || wanted.includes(file.replace(".test.ts", "")));
  for (const name of wanted ?? [])
    if (!files.includes(`${name}.test.ts`))
      await attempt(name, () => Promise.reject(new Error("there is no such test")));
  // With --only the rest of the tree may be broken: nothing else is built.
  if (!wanted) await attempt("the library", buildLibrary);
  for (const file of testFiles("child", ".ts")) {
    await attempt(file, () => buildTest(`child/${file}`, join(root, "dist/test/child", file.replace(/\.ts$/, ".js"))));
  }
  const bundles = [];
  for (const file of files) {
    const bundle = await attempt(file, () =>
      buildTest(file, join(root, "dist/test", file.replace(/\.test\.ts$/, ".js"))),
    );
    if (bundle && (!gpu || bundle.gpu)) bundles.push(bundle);
  }
  const { passed, failed } = await runAll(bundles, root, adapter, Number(jobs ?? Math.min(2, availableParallelism())));
  total.passed += passed;
  total.failed += failed;
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

/** Declarations of the two public entries; `@internal` members are left out. */
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
  const entries = { index: "src/index", verify: "kernels-test/verify" };
  for (const [name, target] of Object.entries(entries)) {
    if (existsSync(join(root, `${target}.ts`)))
      writeFileSync(join(root, `dist/types/${name}.d.ts`), `export * from "./${target}.js";\n`);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    gpu: { type: "boolean" },
    adapter: { type: "string" },
    jobs: { type: "string" },
  },
});
const command = positionals[0] ?? "build";
if (command === "build") await buildLibrary().catch(() => (process.exitCode = 1));
else if (command === "test") await test(values);
else if (command === "types") types();
else {
  console.error(`build.mjs: no such command: ${command}. There are: build, test, types.`);
  process.exitCode = 2;
}
