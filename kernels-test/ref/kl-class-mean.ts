import { Sum } from "../../src/graph/interpret.js";
import { klClassMean } from "../../src/ops/kl-class-mean.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";

const sized = (B: number, L: number, K: number): Case => ({
  shapes: { stats: [B, 2 * L], table: [K, L], labels: [B] },
  draw: { labels: draws.integer(K) },
});

export const klClassMeanProof: OpProof = {
  op: klClassMean,
  exact: false,
  references: {
    "kl-class-mean/forward": ({ in: { stats, table, labels }, out: { kl }, sizes: { B, L, K } }) => {
      for (let b = 0; b < B; b++) {
        const sum = new Sum();
        for (let l = 0; l < L; l++) {
          const d = stats[2 * b * L + l] - table[Math.min(labels[b], K - 1) * L + l];
          const logVar = stats[(2 * b + 1) * L + l];
          const c = clampLogVar(logVar);
          sum.add(0.5 * d * d).add(0.5 * Math.exp(c), 0.5 * ulp.exp(c));
          sum.add(-0.5).add(-0.5 * logVar);
        }
        kl.putSum(b, sum);
      }
    },
    "kl-class-mean/grad-stats": ({ in: { stats, table, labels, dkl }, out: { dstats }, sizes: { B, L, K } }) => {
      for (let i = 0; i < B * L; i++) {
        const b = Math.floor(i / L);
        const at = i + b * L;
        const mean = table[Math.min(labels[b], K - 1) * L + (i % L)];
        const c = clampLogVar(stats[at + L]);
        const half = 0.5 * dkl[b];
        dstats.put(at, dkl[b] * (stats[at] - mean));
        dstats.putSum(at + L, new Sum().add(half * Math.exp(c), Math.abs(half) * ulp.exp(c)).add(-half));
      }
    },
    "kl-class-mean/grad-table": ({ in: { stats, table, labels, dkl }, out: { dtable }, sizes: { B, L, K } }) => {
      for (let i = 0; i < K * L; i++) {
        const sum = new Sum();
        for (let b = 0; b < B; b++)
          if (Math.min(labels[b], K - 1) === Math.floor(i / L))
            sum.add(dkl[b] * (table[i] - stats[2 * b * L + (i % L)]));
        dtable.putSum(i, sum);
      }
    },
  },
  cases: [sized(1, 1, 2), sized(7, 5, 3), sized(37, 19, 10), sized(5, 67, 4), sized(300, 2, 6)],
};
