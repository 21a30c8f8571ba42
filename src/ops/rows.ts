import { InputError } from "../errors.js";
import type { Shape, Sizes } from "./op.js";
import { elements } from "./op.js";

/** Rows of x [B, ..., D]: N of D features, P of them in a row of the batch. Throws InputError where x has no features. */
export function rowSizes(op: string, x: Shape): { readonly N: number; readonly D: number; readonly P: number } {
  if (x.length < 2) throw new InputError(`${op}: the rows have the shape [${x}]; it must be [rows, ..., features].`);
  const D = x.at(-1) as number;
  const N = elements(x) / D;
  return { N, D, P: N / (x[0] as number) };
}

/** Shortest stretch of rows, most stretches, most numbers of the histogram of all stretches. */
const [SHORTEST, MOST, HISTOGRAM] = [256, 256, 2 ** 20];

/** Stretches that N rows of K codes are sorted in: how many (S) and how long (L). */
export function stretchesOf(N: number, K: number): Sizes {
  const most = Math.min(MOST, Math.max(1, Math.floor(HISTOGRAM / K)));
  const L = Math.max(SHORTEST, Math.ceil(N / most));
  return { S: Math.ceil(N / L), L };
}
