import type { References, Values } from "../../src/graph/interpret.js";
import type { Attrs, Op, Shape } from "../../src/ops/op.js";
import type { RandomStream } from "../../src/random/philox.js";

/** Draws one element of an input. `i` is its index. */
export type Draw = (random: RandomStream, i: number) => number;

export interface Case {
  /** Input shapes by name; optional inputs may be left out. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly attrs?: Attrs;
  /** How inputs (and saved values and gradients, by binding name) are drawn; standard normal where not said. Draw away from kinks. */
  readonly draw?: Readonly<Record<string, Draw>>;
  /** Step uniform, beyond seed 7 and step 3. */
  readonly step?: Readonly<Record<string, number>>;
}

/** The proof of one op row: float64 twins of its kernels, and cases whose sizes straddle the tile. */
export interface OpProof {
  readonly op: Op;
  readonly references: References;
  readonly cases: readonly Case[];
  /** Whether small-integer inputs give exact results in f32 whatever the order of summation. */
  readonly exact: boolean;
  /** The scalar whose gradient the backward kernels give, where that is not sum(dy y): an op that takes no incoming gradient
   * (`total`), or one that holds values still (`base` has them, and the incoming gradients). */
  readonly objective?: (run: Ran, base: Ran) => number;
}

/** A case that has run: shapes and values of tensors and gradients by name, and the step uniform. */
export interface Ran {
  readonly item: Case;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly values: ReadonlyMap<string, Values>;
  readonly step: Readonly<Record<string, number>>;
}

/** sum_i a_i b_i of two tensors of a case. */
export function dot(a: Values | undefined, b: Values | undefined): number {
  if (!a || !b || a.length !== b.length) throw new Error(`${a?.length} values times ${b?.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** sum over rows n of weight_n |a_n - b_n|^2, where each row is a stretch of a and b. */
export function squaredRows(weight: Values | undefined, a: Values | undefined, b: Values | undefined): number {
  if (!weight || !a || !b) throw new Error("a tensor is missing");
  const D = a.length / weight.length;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += weight[Math.floor(i / D)] * (a[i] - b[i]) ** 2;
  return sum;
}

/** Draws for cases. */
export const draws = {
  uniform:
    (low: number, high: number): Draw =>
    (r) =>
      low + (high - low) * r.uniform(),
  integer:
    (below: number): Draw =>
    (r) =>
      r.below(below),
  /** Normal values at least `gap` away from 0. */
  awayFromZero:
    (gap: number): Draw =>
    (r) => {
      const v = r.normal();
      return v + (v < 0 ? -gap : gap);
    },
};
