import { Sum } from "../../src/graph/interpret.js";
import { vectorQuantize } from "../../src/ops/vector-quantize.js";
import { sortReferences } from "./code-sums.js";
import type { OpProof } from "./contract.js";
import { dot, draws, squaredRows } from "./contract.js";

export const vectorQuantizeProof: OpProof = {
  op: vectorQuantize,
  exact: true,
  references: {
    ...sortReferences,
    "vector-quantize/forward": ({ in: { x, codes }, out: { q, indices, commit, codebook }, sizes: { N, K, D } }) => {
      for (let n = 0; n < N; n++) {
        let best = new Sum();
        let index = 0;
        for (let k = 0; k < K; k++) {
          const distance = new Sum();
          for (let d = 0; d < D; d++) distance.add((x[n * D + d] - codes[k * D + d]) ** 2);
          if (k === 0 || distance.value < best.value) [best, index] = [distance, k];
        }
        indices.put(n, index);
        commit.putSum(n, best);
        codebook.putSum(n, best);
        for (let d = 0; d < D; d++) q.put(n * D + d, codes[index * D + d]);
      }
    },
    "vector-quantize/grad-x": ({ in: { x, q, dq, dcommit }, out: { dx }, sizes: { N, D } }) => {
      for (let i = 0; i < N * D; i++) {
        const n = Math.floor(i / D);
        dx.putSum(i, new Sum().add(dq[i]).add(2 * dcommit[n] * (x[i] - q[i])));
      }
    },
    "vector-quantize/grad-codes": ({ in: { x, q, order, starts, dcodebook }, out: { dcodes }, sizes: { K, D } }) => {
      for (let i = 0; i < K * D; i++) {
        const sum = new Sum();
        const k = Math.floor(i / D);
        for (let j = starts[k]; j < starts[k + 1]; j++) {
          const at = order[j] * D + (i % D);
          sum.add(2 * dcodebook[order[j]] * (q[at] - x[at]));
        }
        dcodes.putSum(i, sum);
      }
    },
  },
  objective: ({ values: run }, { values: base }) => {
    const codes = run.get("codes");
    const [D, indices] = [(base.get("q")?.length ?? 0) / (base.get("indices")?.length ?? 1), base.get("indices")];
    const chosen = base.get("q")?.map((_, i) => codes?.[(indices?.[Math.floor(i / D)] ?? 0) * D + (i % D)] ?? 0);
    return (
      dot(base.get("dq"), run.get("x")) +
      squaredRows(base.get("dcommit"), run.get("x"), base.get("q")) +
      squaredRows(base.get("dcodebook"), base.get("x"), chosen)
    );
  },
  cases: [
    { shapes: { x: [1, 1], codes: [1, 1] } },
    { shapes: { x: [7, 3], codes: [5, 3] } },
    { shapes: { x: [17, 4], codes: [33, 4] } },
    { shapes: { x: [67, 36], codes: [131, 36] } },
    { shapes: { x: [2, 5, 13, 13], codes: [64, 13] } },
    // Corners of a cube: most rows are as far from several codes, and the codes repeat.
    {
      shapes: { x: [70, 4], codes: [90, 4] },
      draw: { x: (r) => r.below(3) / 2, codes: draws.integer(2) },
    },
    { shapes: { x: [33, 8], codes: [2, 8] } },
  ],
};
