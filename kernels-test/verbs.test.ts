import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRun } from "../src/cli/run-folder.js";
import { floatRows } from "../src/data/dataset.js";
import { openDataset } from "../src/data/node.js";
import { evaluateModel } from "../src/evaluate/index.js";
import { parseNpy } from "../src/formats/npy.js";
import { decodePng } from "../src/formats/png.js";
import { weightsProgram } from "../src/models/weights-program.js";
import { manifoldLatents, reconstructionRows, sampleGrid } from "../src/pictures/index.js";
import { runChild } from "./child.js";

const test = suite("verbs");
const data = "builtin:glyphs?rows=200";
let folder = "";
let vae = "";
let dae = "";

const cli = async (
  ...args: string[]
): Promise<{ code: number | null; lines: Record<string, unknown>[]; stderr: string }> => {
  const { code, stdout, stderr } = await runChild("cli", [...args, "--json"]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), stderr };
};

/** A verb that succeeds: its one line. */
const verb = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, lines, stderr } = await cli(...args);
  assert.is(code, 0, stderr);
  assert.is(lines.length, 1);
  return lines[0];
};

/** A verb that is refused: exit code 2, one sentence, nothing else. */
const refused = async (says: RegExp, ...args: string[]): Promise<void> => {
  const { code, lines, stderr } = await cli(...args);
  assert.is(code, 2, `${args}: ${stderr}`);
  assert.equal(
    lines.map((line) => Object.keys(line)),
    [["error"]],
  );
  assert.match(String(lines[0].error), says);
  assert.not.match(stderr, /\n\s+at /);
};

const png = (path: unknown): ReturnType<typeof decodePng> => decodePng(readFileSync(String(path)), String(path));

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "latentgpu-verbs-"));
  [vae, dae] = [join(folder, "vae"), join(folder, "dae")];
  const common = ["--data", data, "--steps", "4", "--set", "model.hiddenDims=[32]", "--set", "model.latentDim=4"];
  for (const args of [
    ["seed/vae-20", "--out", vae],
    ["seed/dae-masking", "--out", dae],
  ]) {
    const { code, stderr } = await runChild("cli", ["train", ...args, ...common]);
    assert.is(code, 0, stderr);
  }
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("sample: a grid of the prior's draws, a function of the seed", async () => {
  const first = await verb("sample", vae, "--count", "6", "--seed", "3", "--temperature", "0.5");
  assert.is(first.picture, join(vae, "pictures", "sample.png"));
  assert.equal([first.images, first.seed, first.temperature], [6, 3, 0.5]);
  const open = await openRun({ json: true }, vae);
  try {
    const picture = sampleGrid(await open.runner.sample(6, 3, 0.5), [1, 28, 28]);
    const written = await png(first.picture);
    assert.equal([written.width, written.height], [172, 114]);
    assert.equal(written.data, picture.data);
  } finally {
    await open.dispose();
  }
  const other = await verb("sample", vae, "--count", "6", "--seed", "4", "--out", join(folder, "deep", "s.png"));
  assert.not.equal((await png(other.picture)).data, (await png(first.picture)).data);
});

test("encode: the latents of Runner.encode bit for bit, and statistics", async () => {
  const dataset = await openDataset(data, { split: "test" });
  const train = await openDataset(data, { split: "train" });
  const open = await openRun({ json: true }, vae);
  try {
    const whole = await verb("encode", vae);
    assert.equal([whole.latents, whole.shape], [join(vae, "latents.npy"), [40, 4]]);
    const read = (path: unknown): ReturnType<typeof parseNpy> => parseNpy(readFileSync(String(path)), String(path));
    const latents = read(whole.latents);
    assert.equal([latents.dtype, latents.shape], ["<f4", [40, 4]]);
    assert.equal(latents.data, await open.runner.encode(floatRows(dataset, 0, 40)));
    const out = join(folder, "both.npy");
    await verb("encode", vae, "--statistics", "--limit", "7", "--split", "train", "--out", out);
    assert.equal(read(out).shape, [7, 8]);
    assert.equal(read(out).data, await open.runner.statistics(floatRows(train, 0, 7)));
    // More rows than one chunk.
    const many = await verb("encode", vae, "--data", "builtin:glyphs?rows=300", "--split", "train", "--out", out);
    assert.equal(many.shape, [300, 4]);
    const rows = floatRows(await openDataset("builtin:glyphs?rows=300"), 0, 300);
    assert.equal(read(out).data, await open.runner.encode(rows));
  } finally {
    await open.dispose();
  }
});

test("encode that fails leaves what was there, and nothing half", async () => {
  const out = join(folder, "kept.npy");
  await verb("encode", vae, "--limit", "3", "--out", out);
  const before = readFileSync(out);
  await refused(/sprites.*\[1,64,64\]/, "encode", vae, "--data", "builtin:sprites?rows=10", "--out", out);
  await refused(/no mu and logVar/, "encode", dae, "--statistics", "--out", out);
  assert.equal(readFileSync(out), before);
  assert.equal(
    readdirSync(folder).filter((name) => name.endsWith(".part")),
    [],
  );
});

test("reconstruct: originals over reconstructions; what a denoising autoencoder saw between", async () => {
  const dataset = await openDataset(data, { split: "test" });
  const images = floatRows(dataset, 0, 3);
  const open = await openRun({ json: true }, vae);
  try {
    const { picture, images: count } = await verb("reconstruct", vae, "--count", "3");
    assert.is(count, 3);
    const expected = reconstructionRows(images, await open.runner.reconstruct(images), [1, 28, 28]);
    assert.equal((await png(picture)).data, expected.data);
  } finally {
    await open.dispose();
  }
  const seen = await verb("reconstruct", dae, "--count", "3", "--seed", "5");
  const { width, height, data: bytes } = await png(seen.picture);
  assert.equal([width, height], [3 * 56 + 4, 3 * 56 + 4]);
  let [masked, same] = [0, 0];
  for (let i = 0; i < 56; i += 2)
    for (let j = 0; j < 56; j += 2) {
      const original = bytes[i * width + j];
      if (original === 0) continue;
      const corrupted = bytes[(58 + i) * width + j];
      assert.ok(corrupted === 0 || corrupted === original, "masking keeps or clears a pixel");
      if (corrupted === 0) masked++;
      else same++;
    }
  assert.ok(masked > 20 && same > 20, `${masked} masked, ${same} kept`);
  const all = await verb("reconstruct", vae, "--count", "50");
  assert.is(all.images, 40, "as many as there are");
});

test("interpolate, traverse and manifold: a picture each, of the size that was asked for", async () => {
  const side = (cells: number): number => 56 * cells + 2 * (cells - 1);
  const walk = await verb("interpolate", vae, "--count", "3", "--steps", "5");
  assert.equal([walk.width, walk.height, walk.pairs], [side(5), side(3), 3]);
  const open = await openRun({ json: true }, vae);
  try {
    const images = floatRows(await openDataset(data, { split: "test" }), 0, 6);
    const half = images.length / 2;
    const ends = await open.runner.reconstruct(images);
    const walked = await png(walk.picture);
    const pixel = (row: number, column: number): number =>
      walked.data[row * 58 * walked.width + 28 * walked.width + column * 58 + 28];
    const middle = 14 * 28 + 14;
    for (let pair = 0; pair < 3; pair++) {
      assert.is(pixel(pair, 0), Math.round(255 * ends[pair * 784 + middle]));
      assert.is(pixel(pair, 4), Math.round(255 * ends[half + pair * 784 + middle]));
    }
    const plane = await verb("manifold", vae, "--steps", "3", "--range", "2", "--dims", "3,1");
    assert.equal([plane.width, plane.height, plane.dims], [168, 168, [3, 1]]);
    const decoded = await open.runner.decode(manifoldLatents({ latentDim: 4, steps: 3, range: 2, dims: [3, 1] }));
    const shown = await png(plane.picture);
    assert.is(shown.data[28 * 168 + 28 + 112], Math.round(255 * decoded[2 * 784 + middle]));
  } finally {
    await open.dispose();
  }
  const traversed = await verb("traverse", vae, "--steps", "7");
  assert.equal([traversed.width, traversed.height], [side(7), side(4)]);
  const { dims, variance } = traversed as { dims: number[]; variance: number[] };
  assert.equal([...dims].sort(), [0, 1, 2, 3]);
  assert.equal(
    [...variance].sort((a, b) => b - a),
    variance,
    "the most active first",
  );
  const few = await verb("traverse", dae, "--count", "2", "--image", "1");
  assert.equal([few.height, (few.dims as number[]).length], [side(2), 2]);
  assert.equal((await verb("manifold", dae, "--steps", "2")).width, 112);
});

test("evaluate: what evaluateModel gives, and a table for people", async () => {
  const found = await verb("evaluate", vae, "--samples", "3", "--seed", "2", "--limit", "30");
  assert.equal([found.run, found.data, found.split, found.images], [vae, data, "test", 30]);
  const open = await openRun({ json: true }, vae);
  try {
    const weights = weightsProgram(open.device, open.run.arenas.weight);
    const dataset = await openDataset(data, { split: "test", limit: 30 });
    const expected = await evaluateModel(open.device, open.run.model, weights, dataset, { samples: 3, seed: 2 });
    const { run: _run, data: _data, split: _split, ...rest } = found;
    assert.equal(rest, JSON.parse(JSON.stringify(expected)));
  } finally {
    await open.dispose();
  }
  const denoised = await verb("evaluate", dae);
  assert.ok(Number(denoised.corruptedMse) > 0 && Number(denoised.mse) > 0);
  assert.is(denoised.negativeElbo, undefined);
  const { code, stdout } = await runChild("cli", ["evaluate", vae, "--samples", "1", "--limit", "5"]);
  assert.is(code, 0);
  for (const line of [
    /^images +5$/m,
    /^recon +\d/m,
    /^-ELBO +\d/m,
    /^NLL +\d.*1 sample/m,
    /^SSIM .*11 x 11/m,
    /^active units +\d of 4$/m,
  ])
    assert.match(stdout, line);
});

test("what is wrong is told in one sentence, exit code 2", async () => {
  await refused(/no prior/, "sample", dae);
  await refused(/There is no run at/, "sample", join(folder, "nowhere"));
  await refused(/--count/, "sample", vae, "--count", "0");
  await refused(/\.png/, "sample", vae, "--out", join(folder, "x.jpg"));
  await refused(/\.npy/, "encode", vae, "--out", join(folder, "x.txt"));
  await refused(/not there/, "reconstruct", vae, "--data", join(folder, "nothing"));
  await refused(/--image goes up to 39/, "traverse", vae, "--image", "40");
  await refused(/two different dimensions from 0 to 3/, "manifold", vae, "--dims", "0,4");
  await refused(/--dims/, "manifold", vae, "--dims", "zero");
  await refused(/--split/, "evaluate", vae, "--split", "other");
  await refused(/limit/, "evaluate", vae, "--limit", "0");
});

test("every verb has its --help", async () => {
  for (const name of ["sample", "reconstruct", "interpolate", "traverse", "manifold", "encode", "evaluate"]) {
    const { code, stdout } = await runChild("cli", [name, "--help"]);
    assert.is(code, 0);
    for (const option of ["--json", "--adapter"]) assert.match(stdout, option);
  }
});

test.run();
