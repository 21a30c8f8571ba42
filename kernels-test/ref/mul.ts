import { mul } from "../../src/ops/mul.js";
import type { OpProof } from "./contract.js";

export const mulProof: OpProof = {
  op: mul,
  exact: true,
  references: {
    "mul/forward": ({ in: { a, b }, out: { y }, sizes: { N } }) => {
      for (let i = 0; i < N; i++) y.put(i, a[i] * b[i]);
    },
    "mul/grad": ({ in: { a, b, dy }, out: { da, db }, sizes: { N } }) => {
      for (let i = 0; i < N; i++) {
        da.put(i, dy[i] * b[i]);
        db.put(i, dy[i] * a[i]);
      }
    },
  },
  cases: [[1], [3, 5], [7, 11, 13], [255], [257]].map((shape) => ({ shapes: { a: shape, b: shape } })),
};
