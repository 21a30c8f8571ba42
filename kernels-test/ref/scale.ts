import { scale } from "../../src/ops/scale.js";
import type { OpProof } from "./contract.js";

export const scaleProof: OpProof = {
  op: scale,
  exact: true,
  references: {
    "scale/forward": ({ in: { x }, out: { y }, sizes: { N, factor } }) => {
      for (let i = 0; i < N; i++) y.put(i, factor * x[i]);
    },
    "scale/grad-x": ({ in: { dy }, out: { dx }, sizes: { N, factor } }) => {
      for (let i = 0; i < N; i++) dx.put(i, factor * dy[i]);
    },
  },
  // Dyadic factors, so that whole numbers stay exact.
  cases: [[1], [3, 5], [7, 11, 13], [255], [257]].map((shape, i) => ({
    shapes: { x: shape },
    attrs: { factor: 0.375 * i - 1 },
  })),
};
