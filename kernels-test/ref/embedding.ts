import { embedding } from "../../src/ops/embedding.js";
import { oneHot } from "../../src/ops/one-hot.js";
import { sortReferences, sumsTwin } from "./code-sums.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

const below = (count: number) => ({ indices: draws.integer(count) });

export const embeddingProof: OpProof = {
  op: embedding,
  exact: true,
  references: {
    "embedding/forward": ({ in: { w, indices }, out: { y }, sizes: { N, K, D } }) => {
      for (let i = 0; i < N * D; i++) {
        const k = indices[Math.floor(i / D)];
        y.put(i, k < K ? w[k * D + (i % D)] : 0);
      }
    },
    ...sortReferences,
    "embedding/grad-w": sumsTwin("dy", "dw"),
  },
  cases: [
    { shapes: { w: [1, 1], indices: [1] }, draw: below(1) },
    { shapes: { w: [10, 7], indices: [33] }, draw: below(10) },
    // Rows that nothing names, numbers that no row has.
    { shapes: { w: [67, 35], indices: [3, 5] }, draw: below(90) },
    { shapes: { w: [3, 5], indices: [131] }, draw: below(3) },
  ],
};

export const oneHotProof: OpProof = {
  op: oneHot,
  exact: true,
  references: {
    "one-hot/forward": ({ in: { indices }, out: { y }, sizes: { N, K } }) => {
      for (let i = 0; i < N * K; i++) y.put(i, indices[Math.floor(i / K)] === i % K ? 1 : 0);
    },
  },
  cases: [
    { shapes: { indices: [1] }, attrs: { classes: 1 }, draw: below(1) },
    { shapes: { indices: [9] }, attrs: { classes: 4 }, draw: below(6) },
    { shapes: { indices: [5, 13] }, attrs: { classes: 17 }, draw: below(17) },
  ],
};
