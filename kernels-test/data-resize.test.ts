import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openDataset } from "../src/data/node.js";
import { resample, resizeRows, type Size } from "../src/data/resize.js";
import { drawScenes } from "../src/data/scenes.js";
import { encodePng } from "../src/formats/png.js";
import { RandomStream, streams } from "../src/random/philox.js";

const test = suite("data: resize and scenes");

const random = new RandomStream(4, streams.test);
const floats = (length: number): Float32Array => Float32Array.from({ length }, () => random.uniform());

function resampled(values: Float32Array, from: Size, channels: number, to: Size): Float32Array {
  const out = new Float32Array(to[0] * to[1] * channels);
  resample(values, from, channels, out, to);
  return out;
}

const near = (got: ArrayLike<number>, want: readonly number[], limit = 1e-6): void => {
  assert.is(got.length, want.length);
  want.forEach((w, i) => {
    assert.ok(Math.abs(got[i] - w) <= limit, `${i}: ${got[i]} for ${w}`);
  });
};

test("shrinking takes the mean of the area that a pixel covers", () => {
  near(resampled(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), [4, 2], 1, [2, 1]), [2.5, 4.5]);
  // 3 to 2: a pixel and a half each.
  near(resampled(Float32Array.of(0, 3, 9), [3, 1], 1, [2, 1]), [1, 7]);
  const picture = floats(9 * 7 * 3);
  const small = resampled(picture, [9, 7], 3, [4, 5]);
  for (let c = 0; c < 3; c++) {
    const mean = (values: Float32Array): number =>
      (values.reduce((sum, v, i) => sum + (i % 3 === c ? v : 0), 0) * 3) / values.length;
    assert.ok(Math.abs(mean(small) - mean(picture)) < 1e-6, "the mean of a channel moves");
  }
});

test("growing goes straight from centre to centre, and stands still beyond the outermost", () => {
  near(resampled(Float32Array.of(0, 4), [2, 1], 1, [4, 1]), [0, 1, 3, 4]);
  near(resampled(Float32Array.of(0, 4, 8, 12), [2, 2], 1, [2, 4]), [0, 4, 2, 6, 6, 10, 8, 12]);
  near(resampled(Float32Array.of(5, 7), [1, 1], 2, [3, 2]), [5, 7, 5, 7, 5, 7, 5, 7, 5, 7, 5, 7]);
});

test("a picture of one brightness keeps it, whatever the sizes; bytes are rounded and stay bytes", () => {
  for (const from of [1, 2, 5, 13])
    for (const to of [1, 3, 4, 13, 31]) {
      const out = new Uint8Array(to * to);
      resample(new Uint8Array(from * from).fill(255), [from, from], 1, out, [to, to]);
      assert.ok(
        out.every((v) => v === 255),
        `${from} to ${to}`,
      );
    }
  const out = new Uint8Array(1);
  resample(Uint8Array.of(10, 11), [2, 1], 1, out, [1, 1]);
  assert.is(out[0], 11);
});

test("rows are resized one by one, and stay what they are where they have the size", () => {
  const data = drawScenes(3, 1);
  assert.is(resizeRows(data, [128, 128]), data);
  const small = resizeRows(data, [20, 9]);
  assert.equal([small.shape, small.count, small.values.length], [[3, 9, 20], 3, 3 * 540]);
  const out = new Uint8Array(540);
  resample(data.values.subarray(2 * 49152), [128, 128], 3, out, [20, 9]);
  assert.equal(small.values.slice(2 * 540), out);
});

test("a folder of PNGs of different sizes, grey and colour: a sentence with the remedy, and the remedy works", async () => {
  const folder = mkdtempSync(join(tmpdir(), "latentgpu-pngs-"));
  try {
    const image = (width: number, height: number, channels: 1 | 3, value: number) =>
      encodePng({ width, height, channels, data: new Uint8Array(width * height * channels).fill(value) });
    for (const label of ["a", "b"]) mkdirSync(join(folder, label));
    writeFileSync(join(folder, "a", "1.png"), await image(9, 5, 1, 40));
    writeFileSync(join(folder, "b", "2.png"), await image(30, 41, 3, 200));
    try {
      await openDataset(folder);
      assert.unreachable("different sizes are taken");
    } catch (error) {
      assert.match((error as Error).message, /2\.png is 30 x 41 but .*1\.png is 9 x 5: .*--resize 9x5\.$/);
    }
    const data = await openDataset(folder, { resize: [8, 4] });
    assert.equal([data.shape, data.count, [...(data.labels ?? [])]], [[3, 4, 8], 2, [0, 1]]);
    assert.ok(data.values.every((v, i) => v === (i < 96 ? 40 : 200)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("scenes: a row is a function of the seed and its number, in colour, bright and dark, all different", async () => {
  const whole = drawScenes(24, 5);
  assert.equal([whole.name, whole.shape, whole.values.length], ["builtin:scenes", [3, 128, 128], 24 * 49152]);
  const part = drawScenes(4, 5, 20);
  assert.is(Buffer.compare(whole.values.subarray(20 * 49152) as Uint8Array, part.values as Uint8Array), 0);
  assert.is.not(Buffer.compare(drawScenes(4, 6, 20).values as Uint8Array, part.values as Uint8Array), 0);
  const rows = Array.from({ length: 24 }, (_, i) => whole.values.subarray(i * 49152, (i + 1) * 49152));
  assert.is(new Set(rows.map((row) => Buffer.from(row).toString("base64"))).size, 24);
  const brightness = rows.map((row) => [...row].reduce((sum, v) => sum + v, 0) / row.length);
  assert.ok(Math.min(...brightness) < 90 && Math.max(...brightness) > 130, String(brightness));
  for (const row of rows) {
    let colour = 0;
    for (let i = 0; i < row.length; i += 3) colour += Math.abs(row[i] - row[i + 2]);
    assert.ok(colour / 16384 > 10, "a scene is grey");
  }
  const opened = await openDataset("builtin:scenes?rows=10&seed=5", { limit: 3, split: "test" });
  assert.equal([opened.count, opened.shape], [2, [3, 128, 128]]);
});

test.run();
