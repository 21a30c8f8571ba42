import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Dataset } from "../src/data/dataset.js";
import { limitRows } from "../src/data/dataset.js";
import { drawGlyphs } from "../src/data/glyphs.js";
import { InputError } from "../src/errors.js";
import { jacobiEigen, orthonormal } from "../src/evaluate/eigen.js";
import { pca } from "../src/evaluate/pca.js";
import { Device } from "../src/gpu/device.js";
import { RandomStream, streams } from "../src/random/philox.js";

const test = suite("pca");
const device = await Device.open();
/** By golden/numpy/pca.py. */
const numpy = JSON.parse(readFileSync("kernels-test/golden/pca.json", "utf8")) as {
  rows: number;
  test: number;
  width: number;
  total: number;
  cases: { components: number; train: number; test: number; variance: number[] }[];
};

/** The rows of golden/numpy/pca.py. */
function fixture(): { train: Dataset; test: Float32Array } {
  const { rows, test, width } = numpy;
  const values = new Float32Array((rows + test) * width);
  let x = 1;
  for (let i = 0; i < values.length; i++) {
    const [n, d] = [Math.floor(i / width), i % width];
    x = (x * 75) % 65537;
    let waves = 0;
    for (let k = 0; k < 12; k++) waves += Math.sin((k + 1) * (0.7 * n + 0.3 * d * (k + 2)) + k * k) / (k + 1) ** 1.5;
    const hill = Math.exp(-(((d - 30) / 12) ** 2));
    values[i] = hill + 0.3 * waves * Math.sin(0.11 * n + 0.05 * d) + (0.1 * x) / 65537;
  }
  const train = values.subarray(0, rows * width);
  return {
    train: { name: "waves", count: rows, shape: [1, 1, width], values: train },
    test: values.subarray(rows * width),
  };
}

const mse = (a: Float32Array, b: Float32Array): number => a.reduce((s, v, i) => s + (v - b[i]) ** 2, 0) / a.length;

test("reconstruction errors are numpy's within 1e-4, of rows that it saw and of others", async () => {
  const { train, test: others } = fixture();
  for (const { components, ...expected } of numpy.cases) {
    const found = await pca(device, train, components);
    assert.ok(Math.abs(found.totalVariance - numpy.total) <= 1e-6 * numpy.total);
    const errors = {
      train: mse(train.values as Float32Array, await found.reconstruct(train.values as Float32Array)),
      test: mse(others, await found.reconstruct(others)),
    };
    for (const part of ["train", "test"] as const) {
      // With as many components as numbers nothing is left but rounding.
      const bound = components === numpy.width ? 1e-10 : 1e-4 * expected[part];
      const off = Math.abs(errors[part] - expected[part]);
      assert.ok(off <= bound, `${components} components, ${part}: ${errors[part]} and ${expected[part]}`);
    }
    expected.variance.forEach((v, c) => {
      assert.ok(Math.abs(found.variance[c] - v) <= 1e-4 * expected.variance[0], `variance ${c}`);
    });
    const z = await found.project(train.values as Float32Array);
    for (let c = 0; c < Math.min(components, 3); c++) {
      let [sum, squares] = [0, 0];
      for (let n = 0; n < train.count; n++) {
        sum += z[n * components + c];
        squares += z[n * components + c] ** 2;
      }
      assert.ok(Math.abs(sum / train.count) < 1e-4 && Math.abs(squares / train.count - found.variance[c]) < 1e-3);
    }
    found.dispose();
  }
});

test("bytes, more rows than a chunk, and the same twice", async () => {
  const glyphs = drawGlyphs(1500);
  const passes: number[] = [];
  const found = await pca(device, glyphs, 6, { onPass: (_, share) => passes.push(share) });
  assert.ok(passes.length > 1 && passes.at(-1) === Math.max(...passes), "each pass holds more");
  const again = await pca(device, glyphs, 6);
  assert.equal(again.components, found.components);
  const other = await pca(device, glyphs, 6, { seed: 3 });
  const held = (p: typeof found): number => p.variance.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(held(other) - held(found)) <= 1e-5 * held(found), "wherever it begins");
  for (const p of [found, again, other]) p.dispose();
});

test("rows of less than as many directions, and bad numbers of components", async () => {
  const line: Dataset = {
    name: "line",
    count: 40,
    shape: [1, 1, 5],
    values: Float32Array.from({ length: 200 }, (_, i) => (Math.floor(i / 5) - 20) * [1, 2, 0, -1, 3][i % 5]),
  };
  const found = await pca(device, line, 3);
  const [first, second, third] = found.variance;
  assert.ok(Math.abs(first - found.totalVariance) <= 1e-5 * first && second < 1e-6 * first && third < 1e-6 * first);
  assert.ok(found.components.every(Number.isFinite));
  for (const [dataset, components] of [
    [line, 0],
    [line, 6],
    [line, 1.5],
    [limitRows(line, 2), 3],
  ] as const) {
    const error = await pca(device, dataset, components).catch((e: unknown) => e);
    assert.ok(error instanceof InputError && /components of/.test(error.message));
  }
  const error = await found.project(new Float32Array(7)).catch((e: unknown) => e);
  assert.instance(error, InputError);
  found.dispose();
});

test("Jacobi's rotations and orthonormal columns", () => {
  const random = new RandomStream(8, streams.test);
  const draw = (): number => random.normal();
  const n = 9;
  const q = orthonormal(Float64Array.from({ length: n * n }, draw), n, draw);
  const eigenvalues = [9, 4, 4, 1, 0.5, 1e-6, 0, -2, -30];
  const matrix = Float64Array.from({ length: n * n }, (_, i) =>
    eigenvalues.reduce((s, value, k) => s + value * q[Math.floor(i / n) * n + k] * q[(i % n) * n + k], 0),
  );
  const { values, vectors } = jacobiEigen(matrix, n);
  values.forEach((value, k) => {
    assert.ok(Math.abs(value - eigenvalues[k]) < 1e-12);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += matrix[i * n + j] * vectors[j * n + k];
      assert.ok(Math.abs(sum - value * vectors[i * n + k]) < 1e-11);
    }
  });
  // Two equal columns: the second is drawn anew.
  const twins = orthonormal(Float64Array.of(1, 1, 2, 2, 3, 3), 2, draw);
  let dot = 0;
  for (let d = 0; d < 3; d++) dot += twins[2 * d] * twins[2 * d + 1];
  assert.ok(Math.abs(dot) < 1e-12 && twins.every(Number.isFinite));
});

test.after(() => device.dispose());
test.run();
