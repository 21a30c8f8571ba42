import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Output, Sum } from "../src/graph/interpret.js";
import { passes, worst } from "./compare.js";

const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minusInf } = Number;
const test = suite("comparison");

/** Ten pairs of [got, want], the bound, and whether they may pass. */
const pairs: readonly [what: string, got: number[], want: number[], bound: number, ok: boolean][] = [
  ["NaN against infinity", [nan], [inf], inf, false],
  ["infinity against NaN", [inf], [nan], inf, false],
  ["infinity against minus infinity", [inf], [minusInf], inf, false],
  ["NaN against a number", [1, nan], [1, 2], inf, false],
  ["a number against NaN", [1, 2], [1, nan], inf, false],
  ["a number against infinity", [3.4e38], [inf], inf, false],
  ["the same kinds", [nan, inf, minusInf, 0], [nan, inf, minusInf, -0], 0, true],
  ["a difference just within", [1, 2 + 1e-6], [1, 2], 1.0001e-6, true],
  ["a difference just beyond, after one within", [1 + 1e-7, 2 + 1e-6], [1, 2], 0.9999e-6, false],
  ["a bound that is no number", [1.5], [1], nan, false],
];
for (const [what, got, want, bound, ok] of pairs)
  test(`${what} ${ok ? "passes" : "fails"}`, () => {
    assert.is(passes(worst(got, want, () => bound)), ok);
  });

test("another length or shape is refused", () => {
  assert.throws(() => worst([1, 2], [1], () => 1), RangeError);
  assert.throws(() => worst([], [1], () => 1), RangeError);
  assert.throws(() => worst(new Float32Array(6), new Float64Array(5), () => 1), RangeError);
});

test("tells of the element furthest beyond its own bound", () => {
  const d = worst([1.5, 2.1, 3], [1, 2, 3], (i) => [1, 0.01, 0][i]);
  assert.is(d.index, 1);
  assert.is(d.got, 2.1);
  assert.is(d.want, 2);
});

test("a bound grows with the terms, their sizes and what is granted", () => {
  const out = new Output(3);
  out.put(0, 4);
  out.putSum(1, new Sum().add(4).add(-4));
  out.put(2, 4, 4, 1, 1e-3);
  assert.ok(Math.abs(out.bound(0) - 12 * 2 ** -23 * 4) < 1e-12);
  assert.ok(Math.abs(out.bound(1) - (8 + 4 * Math.sqrt(2)) * 2 ** -23 * 8) < 1e-12);
  assert.ok(Math.abs(out.bound(2) - 1e-3 - out.bound(0)) < 1e-12);
  assert.throws(() => out.put(3, 0));
});

test.run();
