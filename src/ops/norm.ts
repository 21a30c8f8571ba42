import { InputError } from "../errors.js";
import type { Attrs, Flops, Shape, Shapes, Sizes } from "./op.js";
import { elements } from "./op.js";
import { columnsOf } from "./rows.js";

/** Rows of one stretch at least, and stretches at most: sums over rows go stretch by stretch, then over the stretches. */
const SHORTEST = 128;
const MOST = 256;

/** Refuses x without channels, and vectors that have not one value a channel. */
export function checkNorm(op: string, shapes: Shapes, vectors: readonly string[]): void {
  const x = shapes.x as Shape;
  if (x.length < 2) throw new InputError(`${op}: x is [${x}]; it must be [batch, ..., channels].`);
  for (const name of vectors)
    if (shapes[name]?.length !== 1 || shapes[name][0] !== x.at(-1))
      throw new InputError(`${op}: ${name} is [${shapes[name]}] for ${x.at(-1)} channels; give one value a channel.`);
}

/** eps from the attrs, 1e-5 where it is not given. */
export function epsOf(op: string, { eps = 1e-5 }: Attrs): number {
  if (!(Number(eps) > 0)) throw new InputError(`${op}: eps is ${eps}; give a small number above 0, such as 1e-5.`);
  return Number(eps);
}

/** Stretches of N rows: how many, and how long. */
export function stretches(N: number): { S: number; L: number } {
  const L = Math.max(SHORTEST, Math.ceil(N / MOST));
  return { S: Math.ceil(N / L), L };
}

export const rowsOf = (x: Shape): number => elements(x) / (x.at(-1) as number);

/** The size rule that all norms share. x [B, ..., C]; `span` rows and C/groups channels share a mean. */
export function normSizes(op: string, x: Shape, attrs: Attrs, groups: number, span: number): Sizes {
  const N = rowsOf(x);
  const C = x.at(-1) as number;
  const momentum = Number(attrs.momentum ?? 0.1);
  return {
    N,
    C,
    P: N / (x[0] as number),
    ...stretches(N),
    G: groups,
    span,
    eps: epsOf(op, attrs),
    momentum,
    rest: 1 - momentum,
    // No activation of its own: fuse() lends it the one that follows.
    kind: 0,
    slope: 0,
  };
}

/** What the norms' common kernels compute; `statistics` of channels go by the stretches. */
export const normFlops = ({ N, C, S }: Sizes): Flops => ({
  partials: 4 * N * C,
  statistics: 8 * S * C,
  forward: 4 * N * C,
  "grad-partials": 5 * N * C,
  "grad-sums": 2 * S * C,
  "grad-w": 2 * S * C,
  "grad-x": 6 * N * C,
});

/** Channels side by side in a workgroup of the kernels that sum over rows. */
export const columns = ({ x }: Shapes): Attrs => {
  const C = (x as Shape).at(-1) as number;
  return { COLUMNS: columnsOf(C) };
};
