import { Sum } from "../../src/graph/interpret.js";
import { reduce } from "../../src/ops/reduce.js";
import type { OpProof } from "./contract.js";

export const reduceProof: OpProof = {
  op: reduce,
  exact: true,
  references: {
    "reduce/forward": ({ in: { x }, out: { y }, sizes: { P, A, C, factor } }) => {
      for (let p = 0; p < P; p++)
        for (let c = 0; c < C; c++) {
          const sum = new Sum();
          for (let a = 0; a < A; a++) sum.add(x[(p * A + a) * C + c]);
          y.put(p * C + c, sum.value * factor, sum.magnitude * factor, sum.terms);
        }
    },
    "reduce/grad-x": ({ in: { dy }, out: { dx }, sizes: { P, A, C, factor } }) => {
      for (let p = 0; p < P; p++)
        for (let a = 0; a < A; a++) for (let c = 0; c < C; c++) dx.put((p * A + a) * C + c, factor * dy[p * C + c]);
    },
  },
  cases: [
    { shapes: { x: [1] } },
    { shapes: { x: [3, 5, 7] }, attrs: { from: 1, to: 2, mean: true } },
    { shapes: { x: [5, 3, 2, 4] }, attrs: { from: 1, to: 3 } },
    { shapes: { x: [300, 3] }, attrs: { from: 1, to: 2, mean: true } },
    // Long axes: a workgroup for 1, 4 or 16 columns.
    { shapes: { x: [3, 11, 31] }, attrs: { mean: true } },
    { shapes: { x: [2, 257] }, attrs: { from: 1 } },
    { shapes: { x: [2, 13, 17, 3] }, attrs: { from: 1, to: 3 } },
    { shapes: { x: [3, 131, 6] }, attrs: { from: 1, to: 2, mean: true } },
    { shapes: { x: [2, 20, 20, 37] }, attrs: { from: 0, to: 3, mean: true } },
  ],
};
