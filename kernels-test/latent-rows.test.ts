import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { analogy, boxed, meanRow, meansOf } from "../src/models/latent-rows.js";
import { nearerEnds, walks } from "../src/models/walks.js";
import { coordinatePlane, labelColour, latentScatter, posteriorEllipses, project } from "../src/pictures/index.js";

const test = suite("latent rows");
const near = (a: number, b: number, bound = 1e-6): void => assert.ok(Math.abs(a - b) <= bound, `${a} and ${b}`);

test("means, their arithmetic, and mu beside logVar", () => {
  assert.equal([...meanRow(Float32Array.of(1, 2, 3, 6), 2)], [2, 4]);
  assert.throws(
    () => meanRow(new Float32Array(0), 3),
    (e: unknown) => e instanceof InputError,
  );
  const [a, b, c] = [Float32Array.of(1, 5), Float32Array.of(3, 4), Float32Array.of(10, 20)];
  assert.equal([...analogy(a, b, c)], [8, 21]);
  assert.equal([...meansOf(Float32Array.of(1, 2, 9, 9, 3, 4, 9, 9), 2)], [1, 2, 3, 4]);
});

test("a walk is straight, or keeps to the arc, its length going over evenly", () => {
  const a = Float32Array.of(2, 0, /**/ 1, 1, /**/ 0, 0, /**/ 1, 0);
  const b = Float32Array.of(0, 2, /**/ 2, 2, /**/ 3, 4, /**/ -1, 0);
  const line = walks(a, b, 2, 3);
  assert.equal([...line.subarray(0, 6)], [2, 0, 1, 1, 0, 2]);
  const arc = walks(a, b, 2, 3, "arc");
  const root = Math.SQRT2;
  [2, 0, root, root, 0, 2].forEach((v, i) => {
    near(arc[i], v);
  });
  // In one line with 0, from 0, and through 0: straight.
  assert.equal([...arc.subarray(6, 12)], [1, 1, 1.5, 1.5, 2, 2]);
  assert.equal([...arc.subarray(12, 18)], [0, 0, 1.5, 2, 3, 4]);
  assert.equal([...arc.subarray(18)].map(Math.round), [1, 0, 0, 0, -1, 0]);
  // A quarter turn in thirds.
  const thirds = walks(Float32Array.of(1, 0), Float32Array.of(0, 1), 2, 4, "arc");
  near(thirds[2], Math.cos(Math.PI / 6));
  near(thirds[5], Math.sin(Math.PI / 3));
  assert.equal([...walks(a, b, 2, 1, "arc").subarray(0, 2)], [2, 0]);
  assert.equal([...nearerEnds({ from: [3, 1], to: [7, 2] }, 4)], [3, 3, 7, 7, 1, 1, 2, 2]);
  assert.equal([...nearerEnds({ from: [3], to: [7] }, 3)], [3, 3, 7]);
});

test("draws from a box stay in it and fill it, a function of the seed", () => {
  const rows = Float32Array.of(0, -5, 2, -1, 1, 3);
  const drawn = boxed(rows, 2, 2000, 4);
  const column = (l: number): number[] => [...drawn].filter((_, i) => i % 2 === l);
  for (const [l, low, high] of [
    [0, 0, 2],
    [1, -5, 3],
  ] as const) {
    const values = column(l);
    assert.ok(Math.min(...values) >= low && Math.max(...values) <= high);
    near(values.reduce((s, v) => s + v, 0) / 2000, (low + high) / 2, 0.03 * (high - low));
    assert.ok(Math.max(...values) - Math.min(...values) > 0.99 * (high - low));
  }
  assert.equal(boxed(rows, 2, 5, 4), drawn.slice(0, 10));
  assert.not.equal(boxed(rows, 2, 5, 5), drawn.slice(0, 10));
});

test("a plane: where latents are in it, and what their posteriors look like there", () => {
  const plane = coordinatePlane(3, [2, 0]);
  assert.equal([...project(Float32Array.of(1, 2, 3, 4, 5, 6), plane)], [3, 1, 6, 4]);
  assert.throws(
    () => coordinatePlane(3, [0, 3]),
    (e: unknown) => e instanceof InputError,
  );
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  const turned = { axes: Float32Array.of(c, s, -s, c), mean: Float32Array.of(1, -1) };
  const placed = project(Float32Array.of(1 + c, -1 + s), turned);
  near(placed[0], 1);
  near(placed[1], 0);
  // Variances 4 and 1, turned by -0.3.
  const [ellipse] = posteriorEllipses(Float32Array.of(0, 0, Math.log(4), 0, 9, 9, 9, 9), turned, 1);
  near(ellipse.xx, 4 * c * c + s * s);
  near(ellipse.yy, 4 * s * s + c * c);
  near(ellipse.xy, -4 * c * s + s * c);
  assert.is(posteriorEllipses(new Float32Array(8), turned, 9).length, 2);
});

test("an ellipse is drawn at one standard deviation, darker than its dot", () => {
  const size = 201;
  const ellipses = [{ point: 0, xx: 0.25, yy: 0.04, xy: 0.06 }];
  const { data } = latentScatter(Float32Array.of(0, 0), 2, [3], { size, range: 1, ellipses });
  const dim = labelColour(3).map((v) => Math.round((v + 20) / 2));
  const places: [number, number][] = [];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      if (dim.every((v, k) => data[(y * size + x) * 3 + k] === v)) places.push([(x - 100) / 100, (100 - y) / 100]);
  assert.ok(places.length > 150, `${places.length} places`);
  const determinant = 0.25 * 0.04 - 0.06 * 0.06;
  for (const [x, y] of places) {
    // The squared distance by the covariance's inverse.
    const distance = (0.04 * x * x - 2 * 0.06 * x * y + 0.25 * y * y) / determinant;
    near(distance, 1, 0.12);
  }
  near(Math.max(...places.map(([x]) => x)), 0.5, 0.011);
  near(Math.max(...places.map(([, y]) => y)), 0.2, 0.011);
});

test.run();
