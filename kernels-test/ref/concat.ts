import { concat } from "../../src/ops/concat.js";
import type { OpProof } from "./contract.js";

export const concatProof: OpProof = {
  op: concat,
  exact: true,
  references: {
    "concat/forward": ({ in: { a, b }, out: { y }, sizes: { P, A, B } }) => {
      for (let p = 0; p < P; p++) {
        for (let c = 0; c < A; c++) y.put(p * (A + B) + c, a[p * A + c]);
        for (let c = 0; c < B; c++) y.put(p * (A + B) + A + c, b[p * B + c]);
      }
    },
    "concat/grad": ({ in: { dy }, out: { da, db }, sizes: { P, A, B } }) => {
      for (let p = 0; p < P; p++) {
        for (let c = 0; c < A; c++) da.put(p * A + c, dy[p * (A + B) + c]);
        for (let c = 0; c < B; c++) db.put(p * B + c, dy[p * (A + B) + A + c]);
      }
    },
  },
  cases: [
    { shapes: { a: [1], b: [1] } },
    { shapes: { a: [3, 5], b: [3, 2] }, attrs: { axis: 1 } },
    { shapes: { a: [2, 5], b: [7, 5] }, attrs: { axis: 0 } },
    { shapes: { a: [3, 4, 5, 2], b: [3, 4, 5, 7] } },
    { shapes: { a: [2, 3, 5, 7], b: [2, 6, 5, 7] }, attrs: { axis: -3 } },
    { shapes: { a: [37, 10], b: [37, 3] } },
  ],
};
