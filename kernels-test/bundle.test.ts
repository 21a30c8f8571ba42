import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseKernel } from "../src/gpu/kernel.js";
import { acquire } from "../src/gpu/platform/node.js";
import { bundleForPages } from "../src/page-bundle.mjs";
import { shortWgsl } from "../src/wgsl.mjs";
import { files } from "./sources.js";

const test = suite("bundle");
const folder = mkdtempSync(join(tmpdir(), "latentgpu-bundle-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const made = await bundleForPages(process.cwd(), { "browser.js": "src/index.ts", "worker.js": "src/worker.ts" });
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

test("the library has all its shaders", async () => {
  const text = await page('export * from "./browser.js";');
  console.log(
    `told: the library takes ${packed(text)} bytes, its worker ${packed(await page('import "./worker.js";'))}`,
  );
  for (const name of ["conv2d/forward.wide", "vector-quantize/forward.sgb8", "optimizer/adam.vec4"])
    assert.ok(text.includes(`"${name}"`), `${name} is not in it`);
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

test("a shortened shader is the same kernel, line for line", async () => {
  const { adapter } = await acquire("null");
  const device = await adapter.requestDevice({ requiredFeatures: ["subgroups", "shader-f16"] });
  const of = (path: string): string => readFileSync(path, "utf8");
  const kernels = files("shaders", ".wgsl").filter((path) => !path.startsWith("shaders/lib/"));
  assert.ok(kernels.length > 100);
  for (const path of kernels) {
    const name = path.replace(/^shaders\/|\.wgsl$/g, "");
    const queue = [path];
    for (const file of queue)
      for (const [, names] of of(file).matchAll(/^\/\/ use:(.*)$/gm))
        for (const use of names.split(",").map((s) => `shaders/${s.trim()}.wgsl`))
          if (!queue.includes(use)) queue.push(use);
    const uses = queue.slice(1);
    const long = parseKernel({ name, code: of(path), uses: uses.map(of) });
    const short = parseKernel({ name, code: shortWgsl(of(path)), uses: uses.map((use) => shortWgsl(of(use))) });
    assert.equal({ ...short, code: "" }, { ...long, code: "" }, name);
    assert.ok(short.code.length < long.code.length, name);
    const line = (code: string): number => code.split("\n").findIndex((text) => /\bfn main\b/.test(text));
    assert.is(line(short.code), line(long.code), `${name}: main has moved`);
    const { messages } = await device.createShaderModule({ code: short.code }).getCompilationInfo();
    assert.equal(
      messages.map((m) => `${name}:${m.lineNum}: ${m.message}`),
      [],
    );
  }
});

test.run();
