import { add } from "../../src/ops/add.js";
import type { OpProof } from "./contract.js";

export const addProof: OpProof = {
  op: add,
  exact: true,
  references: {
    "add/forward": ({ in: { a, b }, out: { y }, sizes: { N } }) => {
      for (let i = 0; i < N; i++) y.put(i, a[i] + b[i], Math.abs(a[i]) + Math.abs(b[i]), 2);
    },
    "add/grad": ({ in: { dy }, out: { da, db }, sizes: { N } }) => {
      for (let i = 0; i < N; i++) {
        da.put(i, dy[i]);
        db.put(i, dy[i]);
      }
    },
  },
  cases: [[1], [3, 5], [7, 11, 13], [255], [257]].map((shape) => ({ shapes: { a: shape, b: shape } })),
};
