import { Sum } from "../../src/graph/interpret.js";
import { repeatRows } from "../../src/ops/repeat-rows.js";
import type { OpProof } from "./contract.js";

export const repeatRowsProof: OpProof = {
  op: repeatRows,
  exact: true,
  references: {
    "repeat-rows/forward": ({ in: { x }, out: { y }, sizes: { B, K, D } }) => {
      for (let b = 0; b < B; b++)
        for (let k = 0; k < K; k++) for (let d = 0; d < D; d++) y.put((b * K + k) * D + d, x[b * D + d]);
    },
    "repeat-rows/grad-x": ({ in: { dy }, out: { dx }, sizes: { B, K, D } }) => {
      for (let b = 0; b < B; b++)
        for (let d = 0; d < D; d++) {
          const sum = new Sum();
          for (let k = 0; k < K; k++) sum.add(dy[(b * K + k) * D + d]);
          dx.putSum(b * D + d, sum);
        }
    },
  },
  cases: [
    { shapes: { x: [1] }, attrs: { times: 1 } },
    { shapes: { x: [3, 7] }, attrs: { times: 5 } },
    { shapes: { x: [11, 3, 13] }, attrs: { times: 2 } },
    { shapes: { x: [67] }, attrs: { times: 50 } },
  ],
};
