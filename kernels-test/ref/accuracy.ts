/** Absolute errors that WGSL's accuracy table ("Accuracy of built-in functions", f32) grants, as functions of the argument;
 * polynomials of our own (lib/activation, lib/philox) are granted two roundings of 1. */
const EPS = 2 ** -23;

const LARGEST = 3.4028234663852886e38;

/** The value, or the largest float32 where it lies beyond: kernels saturate instead of giving infinity. */
export const saturated = (value: number): number => Math.min(Math.max(value, -LARGEST), LARGEST);

export const ulp = {
  /** One unit in the last place of a value of size 1. */
  one: EPS,
  polynomial: 2 * EPS,
  /** exp: (3 + 2 |x|) ULP. */
  exp: (x: number): number => (3 + 2 * Math.abs(x)) * EPS * Math.exp(x),
  /** log: 2^-21 absolute on [0.5, 2], 3 ULP elsewhere. */
  log: (x: number): number => (x >= 0.5 && x <= 2 ? 2 ** -21 : 3 * EPS * Math.abs(Math.log(x))),
  /** exp, an add and a division (2.5 ULP): d(sigmoid) = s (1 - s) d(exp)/exp. */
  sigmoid: (x: number): number => {
    const s = 1 / (1 + Math.exp(-x));
    return s * (1 - s) * (3 + 2 * Math.abs(x)) * EPS + 4 * EPS * s;
  },
  /** x / y: 2.5 ULP. */
  divide: (value: number): number => 2.5 * EPS * Math.abs(value),
  /** sqrt inherits from 1 / inverseSqrt: 2 + 2.5 ULP. */
  sqrt: (value: number): number => 4.5 * EPS * Math.abs(value),
};
