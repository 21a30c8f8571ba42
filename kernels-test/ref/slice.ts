import { slice } from "../../src/ops/slice.js";
import type { OpProof } from "./contract.js";

export const sliceProof: OpProof = {
  op: slice,
  exact: true,
  references: {
    "slice/forward": ({ in: { x }, out: { y }, sizes: { P, A, F, L } }) => {
      for (let p = 0; p < P; p++) for (let c = 0; c < L; c++) y.put(p * L + c, x[p * A + F + c]);
    },
    "slice/grad-x": ({ in: { dy }, out: { dx }, sizes: { P, A, F, L } }) => {
      for (let p = 0; p < P; p++)
        for (let c = 0; c < A; c++) dx.put(p * A + c, c >= F && c < F + L ? dy[p * L + c - F] : 0);
    },
  },
  cases: [
    { shapes: { x: [1] }, attrs: { axis: 0, from: 0, to: 1 } },
    { shapes: { x: [3, 5] }, attrs: { axis: 1, from: 1, to: 4 } },
    { shapes: { x: [7, 5] }, attrs: { axis: 0, from: 5, to: 7 } },
    { shapes: { x: [2, 5, 7, 3] }, attrs: { axis: -3, from: 2, to: 3 } },
    { shapes: { x: [67, 10] }, attrs: { axis: -1, from: 0, to: 5 } },
    { shapes: { x: [41, 17] }, attrs: { axis: 1, from: 9, to: 17 } },
  ],
};
