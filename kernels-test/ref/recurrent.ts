import type { Env, Output } from "../../src/graph/interpret.js";
import { gruGates, lstmGates } from "../../src/ops/recurrent.js";
import type { OpProof } from "./contract.js";
import {
  complement,
  exactly,
  minus,
  plus,
  type Rounded,
  sigmoidOf,
  sigmoidSlope,
  tanhOf,
  tanhSlope,
  times,
} from "./rounded.js";

const put = (out: Output, i: number, { v, e }: Rounded): void => out.put(i, v, Math.abs(v), 1, e);

/** Where gate k of unit i lies, of `gates`. */
const place = ({ sizes: { H } }: Env, gates: number, i: number, k: number): number =>
  (Math.floor(i / H) * gates + k) * H + (i % H);

/** The sum of both shares of gate k of unit i. */
function sum(env: Env, gates: number, i: number, k: number): Rounded {
  const at = place(env, gates, i, k);
  return plus(exactly(env.in.x[at]), exactly(env.in.u[at]));
}

function lstm(env: Env, n: number) {
  const [i, f, o] = [0, 1, 3].map((k) => sigmoidOf(sum(env, 4, n, k))) as [Rounded, Rounded, Rounded];
  const g = tanhOf(sum(env, 4, n, 2));
  const c = exactly(env.in.c[n]);
  const cell = plus(times(f, c), times(i, g));
  return { i, f, g, o, c, cell, t: tanhOf(cell) };
}

const shapes = [
  [1, 1],
  [3, 5],
  [7, 1, 9],
  [37, 11],
  [5, 131],
] as const;
const wide = (state: readonly number[], gates: number): number[] => [
  ...state.slice(0, -1),
  gates * (state.at(-1) as number),
];

export const lstmGatesProof: OpProof = {
  op: lstmGates,
  exact: false,
  references: {
    "lstm-gates/forward": (env) => {
      const { h, cell } = env.out;
      for (let n = 0; n < env.in.c.length; n++) {
        const unit = lstm(env, n);
        put(cell, n, unit.cell);
        put(h, n, times(unit.o, unit.t));
      }
    },
    "lstm-gates/grad": (env) => {
      const { dx, du, dc } = env.out;
      for (let n = 0; n < env.in.c.length; n++) {
        const { i, f, g, o, c, t } = lstm(env, n);
        const [dh, dcell] = [exactly(env.in.dh[n]), exactly(env.in.dcell[n])];
        const ds = plus(dcell, times(dh, o, tanhSlope(t)));
        put(dc, n, times(ds, f));
        const sums = [
          times(ds, g, sigmoidSlope(i)),
          times(ds, c, sigmoidSlope(f)),
          times(ds, i, tanhSlope(g)),
          times(dh, t, sigmoidSlope(o)),
        ];
        sums.forEach((d, k) => {
          for (const out of [dx, du]) put(out, place(env, 4, n, k), d);
        });
      }
    },
  },
  cases: shapes.map((c) => ({ shapes: { x: wide(c, 4), u: wide(c, 4), c } })),
};

function gru(env: Env, i: number) {
  const [r, z] = [0, 1].map((k) => sigmoidOf(sum(env, 3, i, k))) as [Rounded, Rounded];
  const at = place(env, 3, i, 2);
  const past = exactly(env.in.u[at]);
  return { r, z, past, n: tanhOf(plus(exactly(env.in.x[at]), times(r, past))), h: exactly(env.in.h[i]) };
}

export const gruGatesProof: OpProof = {
  op: gruGates,
  exact: false,
  references: {
    "gru-gates/forward": (env) => {
      for (let i = 0; i < env.in.h.length; i++) {
        const { z, n, h } = gru(env, i);
        put(env.out.y, i, plus(times(complement(z), n), times(z, h)));
      }
    },
    "gru-gates/grad": (env) => {
      const { dx, du, dh } = env.out;
      for (let i = 0; i < env.in.h.length; i++) {
        const { r, z, past, n, h } = gru(env, i);
        const dy = exactly(env.in.dy[i]);
        const dn = times(dy, complement(z), tanhSlope(n));
        const dr = times(dn, past, sigmoidSlope(r));
        const dz = times(dy, minus(h, n), sigmoidSlope(z));
        put(dh, i, times(dy, z));
        for (const [k, d] of [dr, dz, dn].entries()) put(dx, place(env, 3, i, k), d);
        for (const [k, d] of [dr, dz, times(dn, r)].entries()) put(du, place(env, 3, i, k), d);
      }
    },
  },
  cases: shapes.map((h) => ({ shapes: { x: wide(h, 3), u: wide(h, 3), h } })),
};
