export interface Difference {
  readonly index: number;
  readonly got: number;
  readonly want: number;
  readonly error: number;
  readonly bound: number;
}

/** Whether two numbers are the same kind: both finite, both NaN, or the same infinity. NaN and infinity never pass alone. */
export const sameKind = (got: number, want: number): boolean =>
  Number.isFinite(got) ? Number.isFinite(want) : Object.is(got, want);

/** The worst element by error over bound; `error > bound` or a different kind means failure.
 * @throws RangeError where the lengths differ */
export function worst(got: ArrayLike<number>, want: ArrayLike<number>, boundOf: (i: number) => number): Difference {
  if (got.length !== want.length) throw new RangeError(`${got.length} values against ${want.length}`);
  let found: Difference = { index: -1, got: 0, want: 0, error: 0, bound: Number.POSITIVE_INFINITY };
  let ratio = -1;
  for (let i = 0; i < got.length; i++) {
    const same = sameKind(got[i], want[i]);
    const error = !same ? Number.POSITIVE_INFINITY : Number.isFinite(want[i]) ? Math.abs(got[i] - want[i]) : 0;
    const limit = boundOf(i);
    const r = error === 0 ? 0 : error / limit;
    if (r > ratio || Number.isNaN(r)) {
      ratio = Number.isNaN(r) ? Number.POSITIVE_INFINITY : r;
      found = { index: i, got: got[i], want: want[i], error, bound: limit };
    }
  }
  return found;
}

/** An infinite bound excuses no difference of kind. */
export const passes = (d: Difference): boolean => sameKind(d.got, d.want) && d.error <= d.bound;
