import { Sum } from "../../src/graph/interpret.js";
import { codeEma } from "../../src/ops/code-ema.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

/** Sums saturate. */
const LARGEST = 3.4028234663852886e38;

const shapes = (K: number, D: number): Case["shapes"] => ({
  counts: [K],
  sums: [K, D],
  n: [K],
  m: [K, D],
  codes: [K, D],
});
const draw = { counts: draws.integer(3), n: draws.uniform(0.1, 4) };

export const codeEmaProof: OpProof = {
  op: codeEma,
  exact: false,
  references: {
    "code-ema/counts": ({ in: { counts, n: before }, out: { n, totals }, sizes: { K, decay, rest } }) => {
      const batch = new Sum();
      for (let k = 0; k < K; k++) batch.add(counts[k]);
      const total = new Sum();
      for (let k = 0; k < K; k++) {
        const now = batch.value > 0 ? decay * before[k] + rest * counts[k] : before[k];
        n.put(k, now, now, 2);
        total.add(now);
      }
      totals.put(0, Math.min(total.value, LARGEST), total.magnitude, K + 2);
      totals.putSum(1, batch);
    },
    "code-ema/forward": ({
      in: { counts, sums, totals, n, m: before },
      out: { m, codes },
      sizes: { K, D, decay, rest, eps },
      overrides: { HOLD },
    }) => {
      if (totals[1] === 0) return;
      for (let i = 0; i < K * D; i++) {
        const k = Math.floor(i / D);
        const sum = new Sum().add(decay * before[i]).add(rest * sums[i]);
        m.putSum(i, sum);
        const weight = ((n[k] + eps) / (totals[0] + K * eps)) * totals[0];
        if (!(weight > 0) || (HOLD && counts[k] === 0)) continue;
        const value = sum.value / weight;
        codes.put(i, value, sum.magnitude / weight, 6, 2 * ulp.divide(value));
      }
    },
  },
  cases: [
    { shapes: shapes(1, 1), attrs: {}, draw },
    { shapes: shapes(5, 3), attrs: { decay: 0.9 }, draw },
    { shapes: shapes(67, 13), attrs: { decay: 0.99, eps: 0.1, hold: false }, draw },
    { shapes: shapes(131, 8), attrs: { decay: 0.5 }, draw },
    // A step of k-means: from nothing.
    { shapes: shapes(70, 4), attrs: { decay: 0, eps: 0 }, draw: { ...draw, n: () => 0 } },
    // Never used, and nothing to lend.
    { shapes: shapes(33, 2), attrs: { eps: 0, hold: false }, draw: { ...draw, n: () => 0 } },
    // No row counts.
    { shapes: shapes(9, 5), attrs: {}, draw: { ...draw, counts: () => 0 } },
  ],
};
