import { vectorQuantize } from "../../src/ops/vector-quantize.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

export const vectorQuantizeProof: OpProof = {
  op: vectorQuantize,
  exact: true,
  references: {
    "vector-quantize/forward": ({ in: { x, codes }, out: { q, indices }, sizes: { N, K, D } }) => {
      for (let n = 0; n < N; n++) {
        let best = Number.POSITIVE_INFINITY;
        let index = 0;
        for (let k = 0; k < K; k++) {
          let distance = 0;
          for (let d = 0; d < D; d++) distance += (x[n * D + d] - codes[k * D + d]) ** 2;
          if (distance < best) [best, index] = [distance, k];
        }
        indices.put(n, index);
        for (let d = 0; d < D; d++) q.put(n * D + d, codes[index * D + d]);
      }
    },
  },
  cases: [
    { shapes: { x: [1, 1], codes: [1, 1] } },
    { shapes: { x: [7, 3], codes: [5, 3] } },
    { shapes: { x: [17, 4], codes: [33, 4] } },
    { shapes: { x: [67, 36], codes: [131, 36] } },
    { shapes: { x: [130, 13], codes: [64, 13] } },
    // Corners of a cube: most rows are as far from several codes, and the codes repeat.
    {
      shapes: { x: [70, 4], codes: [90, 4] },
      draw: { x: (r) => r.below(3) / 2, codes: draws.integer(2) },
    },
    { shapes: { x: [33, 8], codes: [2, 8] } },
  ],
};
