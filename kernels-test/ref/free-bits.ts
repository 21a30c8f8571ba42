import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { freeBits } from "../../src/ops/free-bits.js";
import { saturated, ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";

const rowsOf = ({ step, sizes }: Env): number => Math.min(step.rows, sizes.B);

/** Every third dimension's KL is small, the others' large: none is near `free`. */
const sized = (B: number, L: number, free: number, rows = B): Case => ({
  shapes: { stats: [B, 2 * L] },
  attrs: { free },
  draw: { stats: (r, i) => (i % 3 === 0 ? 0.05 : 1) * r.normal() + (((i % (2 * L)) % L) % 3) },
  step: { rows },
});

export const freeBitsProof: OpProof = {
  op: freeBits,
  exact: false,
  references: {
    "free-bits/mean": (env) => {
      const rows = rowsOf(env);
      const { L } = env.sizes;
      const { stats } = env.in;
      for (let l = 0; l < L; l++) {
        const sum = new Sum();
        for (let b = 0; b < rows; b++) {
          const [mu, logVar] = [stats[2 * b * L + l], stats[(2 * b + 1) * L + l]];
          const c = clampLogVar(logVar);
          const share = 0.5 / rows;
          sum.add(share * mu * mu).add(share * Math.exp(c), share * ulp.exp(c));
          sum.add(-share).add(-share * logVar);
        }
        env.out.mean.put(l, saturated(sum.value), sum.magnitude, sum.terms, sum.granted + ulp.divide(sum.value));
      }
    },
    "free-bits/forward": (env) => {
      const sum = new Sum();
      for (let l = 0; l < env.sizes.L; l++) sum.add(Math.max(env.sizes.free, env.in.mean[l]));
      for (let b = 0; b < env.sizes.B; b++)
        if (b < rowsOf(env)) env.out.loss.putSum(b, sum);
        else env.out.loss.put(b, 0);
    },
    "free-bits/grad-stats": (env) => {
      const rows = rowsOf(env);
      const { B, L, free } = env.sizes;
      const { stats, mean, dloss } = env.in;
      const up = new Sum();
      for (let b = 0; b < rows; b++) up.add(dloss[b] / rows);
      const scaled = (value: number, granted = 0): [number, number, number, number] => [
        up.value * value,
        up.magnitude * Math.abs(value),
        up.terms,
        up.magnitude * (ulp.divide(value) + granted),
      ];
      for (let i = 0; i < B * L; i++) {
        const b = Math.floor(i / L);
        const at = i + b * L;
        const pays = b < rows && mean[i % L] > free;
        const c = clampLogVar(stats[at + L]);
        const slope = 0.5 * (Math.exp(c) - 1);
        const slopeError = 0.5 * (ulp.exp(c) + 2 * ulp.one);
        env.out.dstats.put(at, ...scaled(pays ? stats[at] : 0));
        env.out.dstats.put(at + L, ...(pays ? scaled(slope, slopeError) : scaled(0)));
      }
    },
  },
  cases: [sized(1, 1, 0), sized(7, 5, 0.3), sized(37, 19, 0.1, 20), sized(300, 6, 0.5, 131), sized(64, 66, 0.25)],
};
