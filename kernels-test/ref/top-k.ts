import { topK } from "../../src/ops/top-k.js";
import type { Case, OpProof } from "./contract.js";

const sized = (B: number, J: number, k: number): Case => ({ shapes: { x: [B, J] }, attrs: { k } });

export const topKProof: OpProof = {
  op: topK,
  exact: true,
  references: {
    "top-k/forward": ({ in: { x }, out: { y, kept }, sizes: { B, J, K } }) => {
      for (let b = 0; b < B; b++) {
        const row = Array.from({ length: J }, (_, j) => j);
        // Sorting is stable: equal values stay in the order of their indices.
        const best = new Set(row.sort((p, q) => x[b * J + q] - x[b * J + p]).slice(0, K));
        for (let j = 0; j < J; j++) {
          const i = b * J + j;
          kept.put(i, best.has(j) ? 1 : 0);
          y.put(i, best.has(j) ? x[i] : 0);
        }
      }
    },
    "top-k/grad-x": ({ in: { kept, dy }, out: { dx }, sizes: { N } }) => {
      for (let i = 0; i < N; i++) dx.put(i, kept[i] === 1 ? dy[i] : 0);
    },
  },
  cases: [sized(1, 1, 1), sized(3, 7, 2), sized(5, 67, 10), sized(4, 300, 299), sized(70, 16, 16), sized(2, 1031, 25)],
};
