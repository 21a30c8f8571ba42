import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Kernel, parseKernel } from "../src/gpu/kernel.js";
import { acquire } from "../src/gpu/platform/node.js";
import { unpack } from "../src/gpu/unpack.js";
import { bundleForPages } from "../src/page-bundle.mjs";
import { pageForm } from "../src/wgsl.mjs";
import { bareWgsl, pack, shortener } from "../src/wgsl-pack.mjs";
import { files } from "./sources.js";

const test = suite("bundle");
const folder = mkdtempSync(join(tmpdir(), "latentgpu-bundle-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const made = await bundleForPages(process.cwd(), {
  "browser.js": "src/index.ts",
  "worker.js": "src/worker.ts",
  "evaluate.js": "src/evaluate/index.ts",
});
for (const [name, text] of Object.entries(made)) writeFileSync(join(folder, name), text);

/** What esbuild makes of a page's script that imports the library: its minified text. */
async function page(script: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  return outputFiles[0].text;
}

const packed = (text: string): number => gzipSync(text, { level: 9 }).byteLength;

test("the library takes under 120 kB with all its shaders, and nothing that only the bench asks for", async () => {
  const text = await page('export * from "./browser.js";');
  assert.ok(packed(text) < 120_000, `${packed(text)} bytes`);
  const judging = packed(await page('export * from "./evaluate.js";'));
  const worker = packed(await page('import "./worker.js";'));
  console.log(
    `told: the library takes ${packed(text)} bytes, latentgpu/evaluate by itself ${judging}, the worker ${worker}`,
  );
  for (const name of ["conv2d/forward.wide", "vector-quantize/forward.sgb8", "optimizer/adam.vec4"])
    assert.ok(text.includes(`"${name}"`), `${name} is not in it`);
  assert.equal(made["browser.js"].match(/\bflops: ?[({].*/g), null);
});

test("a page that trains, samples and saves a dense VAE alone takes under 60 kB, of other families nothing", async () => {
  const text = await page(`
    import { DenseAutoencoder, drawGlyphs, encodeRun, imageTask, openDevice, Runner, TrainSession } from "./browser.js";
    const config = { ...JSON.parse(document.body.dataset.config) };
    const task = imageTask(config, drawGlyphs(10000), new DenseAutoencoder(config.model));
    const session = new TrainSession(config, task, {
      open: openDevice,
      recover: true,
      onTrainer: async (trainer) => {
        const runner = new Runner(trainer.device, trainer.model, trainer.program);
        console.log(await runner.sample(16), await runner.interpolate(new Float32Array(784), new Float32Array(784), 8));
      },
    });
    session.run().then((files) => console.log(files, encodeRun));`);
  console.log(`\ntold: a page of the dense VAE takes ${packed(text)} bytes`);
  assert.ok(packed(text) < 60_000, `${packed(text)} bytes`);
  assert.ok(text.includes('"linear/forward"'));
  for (const name of ["conv2d/forward", "vector-quantize/forward", "group-norm/forward"])
    assert.not.ok(text.includes(`"${name}"`), `${name} is in it`);
});

test("what a page does not use leaves nothing behind", async () => {
  assert.is((await page('import "./browser.js";')).trim(), "");
  const opener = packed(await page('import { openDevice } from "./browser.js"; openDevice();'));
  assert.ok(opener < 10_000, `openDevice alone takes ${opener} bytes`);
  const worker = packed(await page('import { train, presets } from "./browser.js"; train(presets[0].config);'));
  assert.ok(worker < 10_000, `train, which leaves the work to its worker, takes ${worker} bytes`);
});

test("a shortened shader is the same kernel, line for line: nothing but names has changed", async () => {
  const { adapter } = await acquire("null");
  const device = await adapter.requestDevice({ requiredFeatures: ["subgroups", "shader-f16"] });
  const of = (path: string): string => readFileSync(path, "utf8");
  const paths = files("shaders", ".wgsl");
  const nameOf = (path: string): string => path.replace(/^shaders\/|\.wgsl$/g, "");
  const short = shortener(new Map(paths.map((path) => [nameOf(path), of(path)])));
  const form = pageForm(process.cwd());
  for (const path of paths) assert.equal(renaming(bareWgsl(of(path)), short(of(path))), [], path);
  const kernels = paths.filter((path) => !path.startsWith("shaders/lib/"));
  assert.ok(kernels.length > 100);
  for (const path of kernels) {
    const name = nameOf(path);
    const queue = [path];
    for (const file of queue)
      for (const [, names] of of(file).matchAll(/^\/\/ use:(.*)$/gm))
        for (const use of names.split(",").map((s) => `shaders/${s.trim()}.wgsl`))
          if (!queue.includes(use)) queue.push(use);
    const kernelOf = (of: (path: string) => string): Kernel =>
      parseKernel({ name, code: of(path), uses: queue.slice(1).map(of) });
    const [long, page] = [kernelOf(of), kernelOf((p) => form(of(p)))];
    assert.is(page.code, kernelOf((p) => short(of(p))).code, `${name} does not unpack to what it was`);
    assert.equal({ ...page, code: "" }, { ...long, code: "" }, name);
    assert.ok(page.code.length < long.code.length, name);
    const line = (code: string): number => code.split("\n").findIndex((text) => /\bfn main\b/.test(text));
    assert.is(line(page.code), line(long.code), `${name}: main has moved`);
    const { messages } = await device.createShaderModule({ code: page.code }).getCompilationInfo();
    assert.equal(
      messages.map((m) => `${name}:${m.lineNum}: ${m.message}`),
      [],
    );
  }
});

/** What differs between two texts beside names, other than of members, that stand for one another throughout. */
function renaming(from: string, to: string): string[] {
  const pieces = (text: string): string[] =>
    text.match(/\/\/.*|\bstruct \w+\{[^}]*\}|(?<!\w)[A-Za-z_]\w*|[^A-Za-z_]+?/g) ?? [];
  const [a, b] = [pieces(from), pieces(to)];
  const [there, back] = [new Map<string, string>(), new Map<string, string>()];
  const wrong = a.length === b.length ? [] : [`${a.length} pieces are ${b.length}`];
  for (const [i, piece] of a.entries()) {
    const name = /^\w+$/.test(piece) && a[i - 1] !== "." && a[i - 1] !== "@";
    if (name) {
      there.set(piece, there.get(piece) ?? b[i]);
      back.set(b[i], back.get(b[i]) ?? piece);
    }
    if (name ? there.get(piece) !== b[i] || back.get(b[i]) !== piece : piece !== b[i]) wrong.push(`${piece}: ${b[i]}`);
  }
  return wrong;
}

test("packing is undone exactly, and leaves what has nothing to pack as it is", () => {
  for (const text of [
    "let a=1;",
    Array.from({ length: 9 }, (_, i) => `c${i}=a${i}*b[${3 * i}u]-${20 - 2 * i};`).join(""),
    Array.from({ length: 12 }, (_, i) => `c${i}=m(a${Math.floor(i / 4)},${i % 4}u);`).join(""),
    "0.1;0.2;0.3;0.4;0.5;0.6;0.7;0.8;",
    "a00;a01;a02;a03;a04;a05;a06;a07;a08;",
    "xyxyxyxyxyxyxyxyxyxyxyxyxyxy",
  ]) {
    assert.is(unpack(pack(text)), text);
    assert.is(unpack(text), text);
  }
  assert.is(pack("a1+=b1;a2+=b2;a3+=b3;a4+=b4;"), "#4|a1'1+=b1'1;#");
  for (const path of files("shaders", ".wgsl")) {
    const text = readFileSync(path, "utf8");
    assert.is(unpack(text), text, path);
  }
});

test.run();
