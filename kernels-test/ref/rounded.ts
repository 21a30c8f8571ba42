import { ulp } from "./accuracy.js";

/** A value and how far a float32 of it may lie off, carried through the arithmetic of a kernel. */
export interface Rounded {
  readonly v: number;
  readonly e: number;
}

const { abs, exp, tanh } = Math;
const of = (v: number, e: number): Rounded => ({ v, e: e + ulp.one * abs(v) });

export const exactly = (v: number): Rounded => ({ v, e: 0 });
export const plus = (a: Rounded, b: Rounded): Rounded => of(a.v + b.v, a.e + b.e);
export const minus = (a: Rounded, b: Rounded): Rounded => of(a.v - b.v, a.e + b.e);
export const times = (a: Rounded, ...more: readonly Rounded[]): Rounded =>
  more.reduce((p, b) => of(p.v * b.v, abs(p.v) * b.e + abs(b.v) * p.e + p.e * b.e), a);
export const complement = (a: Rounded): Rounded => minus(exactly(1), a);

export function sigmoidOf({ v, e }: Rounded): Rounded {
  const s = 1 / (1 + exp(-v));
  return { v: s, e: s * (1 - s) * e + ulp.sigmoid(v) };
}

export function tanhOf({ v, e }: Rounded): Rounded {
  const t = tanh(v);
  return { v: t, e: (1 - t * t) * e + 4 * ulp.sigmoid(2 * abs(v)) * Math.min(1, abs(v)) };
}

/** s (1 - s) of a sigmoid, (1 - t) (1 + t) of a tanh. */
export const sigmoidSlope = (s: Rounded): Rounded => times(s, complement(s));
export const tanhSlope = (t: Rounded): Rounded => times(complement(t), plus(exactly(1), t));
