import { crossEntropy } from "../../src/ops/cross-entropy.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { expError, rowOfExp } from "./softmax.js";

export const crossEntropyProof: OpProof = {
  op: crossEntropy,
  exact: false,
  references: {
    "cross-entropy/forward": ({ in: { x, t }, out: { lse, loss }, sizes: { O, K, I } }) => {
      for (let row = 0; row < O * I; row++) {
        const first = Math.floor(row / I) * K * I + (row % I);
        const { peak, log, logError } = rowOfExp(x, first, K, I);
        // The sum under the log is rounded relative to itself: one more term of size 1.
        const magnitude = Math.abs(peak) + log + 1;
        const chosen = x[first + Math.min(t[row], K - 1) * I];
        lse.put(row, peak + log, magnitude, K, logError);
        loss.put(row, peak + log - chosen, magnitude + Math.abs(chosen), K, logError);
      }
    },
    "cross-entropy/grad-x": ({ in: { x, t, lse, dloss }, out: { dx }, sizes: { O, K, I } }) => {
      for (let e = 0; e < O * K * I; e++) {
        const row = Math.floor(e / (K * I)) * I + (e % I);
        const chosen = Math.floor(e / I) % K === Math.min(t[row], K - 1) ? 1 : 0;
        const d = x[e] - lse[row];
        const scale = Math.abs(dloss[row]);
        dx.put(e, dloss[row] * (Math.exp(d) - chosen), scale * (Math.exp(d) + chosen), 2, scale * expError(d));
      }
    },
  },
  cases: [
    { shapes: { x: [1, 1], t: [1] }, draw: { t: draws.integer(1) } },
    { shapes: { x: [5, 6], t: [5] }, draw: { t: draws.integer(6) } },
    { shapes: { x: [3, 261], t: [3] }, draw: { t: draws.integer(261), x: draws.uniform(-8, 8) } },
    { shapes: { x: [2, 16, 5, 7], t: [2, 5, 7] }, attrs: { axis: 1 }, draw: { t: draws.integer(16) } },
    { shapes: { x: [2, 3, 3, 67], t: [2, 3, 3] }, draw: { t: draws.integer(67) } },
    { shapes: { x: [6, 5], t: [6] }, draw: { t: draws.integer(5), x: draws.uniform(-100, 100) } },
  ],
};
