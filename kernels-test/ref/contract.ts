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
  /** The scalar whose gradient the backward kernels give, for an op that takes no incoming gradient (`total`). */
  readonly objective?: (run: {
    readonly values: ReadonlyMap<string, Values>;
    readonly step: Readonly<Record<string, number>>;
  }) => number;
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
