import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import {
  byActivity,
  filmGrid,
  interpolation,
  inverseNormal,
  labelColour,
  latentManifold,
  latentScatter,
  latentTraversal,
  manifoldLatents,
  normalCdf,
  reconstructionRows,
  sampleGrid,
  stack,
  tile,
  traversalLatents,
} from "../src/pictures/index.js";

const test = suite("pictures");
const ground = 48;

/** `count` images of one pixel, grey n / 255. */
const pixels = (...greys: number[]): Float32Array => Float32Array.from(greys, (g) => g / 255);
const one = [1, 1, 1];
const plain = { scale: 1, gap: 1 };

const rowsOf = ({ width, height, channels, data }: ReturnType<typeof tile>): number[][] =>
  Array.from({ length: height }, (_, y) => [...data.subarray(y * width * channels, (y + 1) * width * channels)]);

test("tile: rows from the top left, a gap between, empty cells as the gap", () => {
  const images = Float32Array.of(0, 1 / 255, 2 / 255, 3 / 255, 1, 1.5, -1, Number.NaN, 0.5, 0.2, 0.1, 0);
  const picture = tile(images, [1, 2, 2], 2, plain);
  assert.is(picture.channels, 1);
  const g = ground;
  assert.equal(rowsOf(picture), [
    [0, 1, g, 255, 255],
    [2, 3, g, 0, 0],
    [g, g, g, g, g],
    [128, 51, g, g, g],
    [26, 0, g, g, g],
  ]);
});

test("tile: nearest-neighbour factor, and one by itself for small images", () => {
  assert.equal(rowsOf(tile(pixels(7, 9), one, 2, { scale: 2, gap: 0 })), [
    [7, 7, 9, 9],
    [7, 7, 9, 9],
  ]);
  const { width, height } = tile(new Float32Array(64 * 784), [1, 28, 28], 8);
  assert.equal([width, height], [8 * 56 + 7 * 2, 8 * 56 + 7 * 2]);
  assert.is(tile(new Float32Array(4096), [1, 64, 64], 1).width, 64);
  // 100 across: twice the size fits, and where it does not the factor gives way first.
  assert.is(tile(new Float32Array(100 * 784), [1, 28, 28], 100).width, 5600 + 198);
  assert.is(tile(new Float32Array(200 * 784), [1, 28, 28], 200).width, 5600 + 398);
});

test("tile: colour stays channels-last; two channels show the first", () => {
  const colour = tile(pixels(1, 2, 3, 4, 5, 6), [3, 1, 1], 2, plain);
  assert.is(colour.channels, 3);
  assert.equal([...colour.data], [1, 2, 3, ground, ground, ground, 4, 5, 6]);
  assert.equal([...tile(pixels(1, 2, 3, 4), [2, 1, 1], 2, plain).data], [1, ground, 3]);
});

test("tile refuses numbers that make no whole images, and pictures past 8192 pixels", () => {
  assert.throws(
    () => tile(new Float32Array(785), [1, 28, 28], 1),
    (e: unknown) => e instanceof InputError && /785/.test(e.message),
  );
  assert.throws(
    () => tile(new Float32Array(0), [1, 28, 28], 1),
    (e: unknown) => e instanceof InputError,
  );
  assert.throws(
    () => tile(new Float32Array(9000), one, 9000, plain),
    (e: unknown) => e instanceof InputError && /17999 x 1/.test(e.message),
  );
});

test("stack: left-aligned, grey made colour beside colour", () => {
  const wide = tile(pixels(1, 2), one, 2, plain);
  const narrow = tile(pixels(3, 4, 5), [3, 1, 1], 1, plain);
  const g = ground;
  assert.equal(rowsOf(stack([wide, narrow], 1)), [
    [1, 1, 1, g, g, g, 2, 2, 2],
    [g, g, g, g, g, g, g, g, g],
    [3, 4, 5, g, g, g, g, g, g],
  ]);
  assert.throws(
    () => stack([]),
    (e: unknown) => e instanceof InputError,
  );
});

test("reconstruction rows: originals over what was seen over reconstructions, block by block", () => {
  const options = { ...plain, columns: 2, seen: pixels(11, 12, 13) };
  const g = ground;
  const blank = [g, g, g];
  assert.equal(rowsOf(reconstructionRows(pixels(1, 2, 3), pixels(21, 22, 23), one, options)), [
    [1, g, 2],
    blank,
    [11, g, 12],
    blank,
    [21, g, 22],
    blank,
    blank,
    blank,
    [3, g, g],
    blank,
    [13, g, g],
    blank,
    [23, g, g],
  ]);
  assert.throws(
    () => reconstructionRows(pixels(1, 2), pixels(1), one),
    (e: unknown) => e instanceof InputError,
  );
});

test("sample grid, film, walks and traversals lay out as they say", () => {
  const squares = sampleGrid(pixels(1, 2, 3, 4, 5), one, { scale: 1, gap: 0 });
  assert.equal(rowsOf(squares), [
    [1, 2, 3],
    [4, 5, ground],
  ]);
  const film = filmGrid([pixels(1, 2), pixels(3, 4), pixels(5, 6)], one, { scale: 1, gap: 0 });
  const rows = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  assert.equal(rowsOf(film), rows);
  assert.equal(rowsOf(interpolation(pixels(1, 2, 3, 4, 5, 6), one, 2, { scale: 1, gap: 0 })), rows);
  assert.equal(rowsOf(latentTraversal(pixels(1, 2, 3, 4, 5, 6), one, 2, { scale: 1, gap: 0 })), rows);
  assert.is(latentManifold(new Float32Array(9 * 784), [1, 28, 28], 3).width, 3 * 56);
});

test("the normal quantile agrees with tables and inverts the distribution function", () => {
  const known = [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.95, 1.6448536269514722],
    [0.05, -1.6448536269514722],
    [0.999, 3.090232306167813],
    [1e-6, -4.753424308822899],
  ];
  for (const [p, x] of known) assert.ok(Math.abs(inverseNormal(p) - x) < 1e-9, `${p}: ${inverseNormal(p)}`);
  for (let p = 0.001; p < 1; p += 0.007) assert.ok(Math.abs(normalCdf(inverseNormal(p)) - p) < 1e-12, String(p));
  assert.equal([normalCdf(-9), normalCdf(9)], [0, 1]);
  assert.ok(Number.isNaN(normalCdf(Number.NaN)), "and NaN ends");
  for (const p of [0, 1, Number.NaN])
    assert.throws(
      () => inverseNormal(p),
      (e: unknown) => e instanceof InputError,
    );
});

test("a manifold: even steps of probability, right and up, other dimensions at 0", () => {
  const steps = 5;
  const latents = manifoldLatents({ latentDim: 4, steps, range: 1.6448536269514722, dims: [2, 0] });
  assert.is(latents.length, 25 * 4);
  const at = (row: number, column: number): number[] => [
    ...latents.subarray((row * 5 + column) * 4, (row * 5 + column + 1) * 4),
  ];
  for (let i = 0; i < steps; i++) {
    const z = Math.fround(inverseNormal(0.05 + 0.225 * i));
    for (let j = 0; j < steps; j++) {
      assert.ok(Math.abs(at(j, i)[2] - z) < 1e-6, "columns are the first dimension");
      assert.ok(Math.abs(at(steps - 1 - i, j)[0] - z) < 1e-6, "rows, from below, are the second");
      assert.equal([at(i, j)[1], at(i, j)[3]], [0, 0]);
    }
  }
  for (const options of [
    { latentDim: 1 },
    { latentDim: 2, dims: [0, 2] },
    { latentDim: 3, dims: [1, 1] },
    { latentDim: 2, range: 0 },
  ])
    assert.throws(
      () => manifoldLatents(options as never),
      (e: unknown) => e instanceof InputError,
    );
});

test("a traversal: one coordinate at a time, the rest as in the base", () => {
  const steps = 3;
  const latents = traversalLatents({ latentDim: 3, steps, range: 2, dims: [2, 0], base: [7, 8, 9] });
  assert.equal([...latents], [7, 8, -2, 7, 8, 0, 7, 8, 2, -2, 8, 9, 0, 8, 9, 2, 8, 9]);
  const scales = [{ mean: 10, spread: 0.5 }];
  assert.equal([...traversalLatents({ latentDim: 1, steps, scales })], [8.5, 10, 11.5]);
  assert.throws(
    () => traversalLatents({ latentDim: 2, dims: [2] }),
    (e: unknown) => e instanceof InputError,
  );
  assert.equal(byActivity([0.1, 3, 0.1, 5]), [3, 1, 0, 2]);
});

test("a map: each dot at its place in its label's colour, axes behind", () => {
  const size = 101;
  const latents = Float32Array.of(0, 5, 1, /**/ -1, 0, -1, /**/ 0.5, 0, 0.5);
  const { data, width, height, channels } = latentScatter(latents, 3, [4, 12, 0], { size, dims: [0, 2], range: 1 });
  assert.equal([width, height, channels], [size, size, 3]);
  const at = (x: number, y: number): number[] => [...data.subarray((y * size + x) * 3, (y * size + x) * 3 + 3)];
  assert.equal(at(50, 0), [...labelColour(4)]);
  assert.equal(at(0, 100), [...labelColour(2)], "twelve comes round to two");
  assert.equal(at(75, 25), [...labelColour(0)]);
  assert.equal(at(76, 26), [...labelColour(0)]);
  assert.equal(at(77, 25), [20, 20, 20]);
  assert.equal(at(50, 30), [70, 70, 70], "the second axis");
  assert.equal(at(30, 50), [70, 70, 70], "the first axis");
  assert.throws(
    () => latentScatter(Float32Array.of(Number.NaN, 0), 2),
    (e: unknown) => e instanceof InputError,
  );
  assert.throws(
    () => latentScatter(Float32Array.of(1, 0), 2, [], { dims: [0, 2] }),
    (e: unknown) => e instanceof InputError,
  );
});

test.run();
