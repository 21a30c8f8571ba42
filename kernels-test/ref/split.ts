import { split } from "../../src/ops/split.js";
import type { OpProof } from "./contract.js";

export const splitProof: OpProof = {
  op: split,
  exact: true,
  references: {
    "split/forward": ({ in: { x }, out: { a, b }, sizes: { P, A, B } }) => {
      for (let i = 0; i < P * (A + B); i++) {
        const [p, c] = [Math.floor(i / (A + B)), i % (A + B)];
        if (c < A) a.put(p * A + c, x[i]);
        else b.put(p * B + c - A, x[i]);
      }
    },
    "split/grad-x": ({ in: { da, db }, out: { dx }, sizes: { P, A, B } }) => {
      for (let i = 0; i < P * (A + B); i++) {
        const [p, c] = [Math.floor(i / (A + B)), i % (A + B)];
        dx.put(i, c < A ? da[p * A + c] : db[p * B + c - A]);
      }
    },
  },
  cases: [
    { shapes: { x: [2] }, attrs: { axis: 0, at: 1 } },
    { shapes: { x: [3, 7, 5] }, attrs: { axis: 1, at: 3 } },
    { shapes: { x: [37, 13] }, attrs: { axis: -1, at: 12 } },
    { shapes: { x: [9, 67] }, attrs: { axis: 0, at: 4 } },
  ],
};
