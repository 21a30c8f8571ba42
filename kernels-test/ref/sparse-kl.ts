import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { sparseKl } from "../../src/ops/sparse-kl.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

const rowsOf = ({ step, sizes }: Env): number => Math.min(step.rows, sizes.B);
const clampMean = (p: number): number => Math.min(Math.max(p, 1e-6), 0.999999);

/** share log(share / p): a quotient and its logarithm, whose own error is a constant near 1. */
function addPart(sum: Sum, share: number, p: number): void {
  const ratio = share / p;
  sum.add(share * Math.log(ratio), share * (ulp.log(ratio) + 8 * ulp.one));
}

const sized = (B: number, J: number, rho: number, step: Case["step"] = {}): Case => ({
  shapes: { h: [B, J] },
  attrs: { rho },
  draw: { h: draws.uniform(0.02, 0.9) },
  step,
});

export const sparseKlProof: OpProof = {
  op: sparseKl,
  exact: false,
  references: {
    "sparse-kl/mean": (env) => {
      const rows = rowsOf(env);
      const { J } = env.sizes;
      for (let j = 0; j < J; j++) {
        const sum = new Sum();
        for (let b = 0; b < rows; b++) sum.add(env.in.h[b * J + j] / Math.max(rows, 1));
        env.out.mean.put(j, sum.value, sum.magnitude, sum.terms, ulp.divide(sum.value));
      }
    },
    "sparse-kl/forward": (env) => {
      const { B, J, rho } = env.sizes;
      const sum = new Sum();
      for (let j = 0; j < J; j++) {
        const p = clampMean(env.in.mean[j]);
        addPart(sum, rho, p);
        addPart(sum, 1 - rho, 1 - p);
      }
      for (let b = 0; b < B; b++)
        if (b < rowsOf(env)) env.out.loss.putSum(b, sum);
        else env.out.loss.put(b, 0);
    },
    "sparse-kl/grad-h": (env) => {
      const rows = rowsOf(env);
      const { B, J, rho } = env.sizes;
      const upstream = new Sum();
      for (let b = 0; b < rows; b++) upstream.add(env.in.dloss[b] / Math.max(rows, 1));
      for (let i = 0; i < B * J; i++) {
        const p = clampMean(env.in.mean[i % J]);
        const [up, down] = [(1 - rho) / (1 - p), rho / p];
        const counts = i < rows * J ? 1 : 0;
        env.out.dh.put(
          i,
          counts * upstream.value * (up - down),
          counts * upstream.magnitude * (up + down),
          upstream.terms,
          counts * upstream.magnitude * (ulp.divide(up) + ulp.divide(down)),
        );
      }
    },
  },
  cases: [
    sized(1, 1, 0.5),
    sized(7, 5, 0.05),
    sized(35, 19, 0.2, { rows: 23 }),
    sized(300, 67, 0.1, { rows: 131 }),
    { ...sized(9, 3, 0.3), draw: { h: draws.uniform(0.28, 0.32) } },
    { ...sized(64, 16, 0.05), draw: { h: draws.uniform(1e-3, 2e-3) } },
    { ...sized(70, 4, 0.9, { rows: 1 }), draw: { h: draws.uniform(0.9, 0.95) } },
  ],
};
