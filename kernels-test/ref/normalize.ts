import { Sum } from "../../src/graph/interpret.js";
import { normalize } from "../../src/ops/normalize.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

/** Lengths saturate. */
const LARGEST = 3.4028234663852886e38;

export const normalizeProof: OpProof = {
  op: normalize,
  exact: false,
  references: {
    "normalize/forward": ({ in: { x }, out: { y, length }, sizes: { N, D } }) => {
      for (let n = 0; n < N; n++) {
        let squares = 0;
        for (let d = 0; d < D; d++) squares += x[n * D + d] ** 2;
        const whole = Math.min(Math.sqrt(squares), LARGEST);
        // The elements in units of the largest, their sum and its root.
        length.put(n, whole, whole, D, 2 * ulp.divide(whole) + ulp.sqrt(whole));
        for (let d = 0; d < D; d++) {
          const value = whole < 1e-12 ? 0 : x[n * D + d] / whole;
          y.put(n * D + d, value, Math.abs(value), D, 4 * ulp.divide(value) + ulp.sqrt(value));
        }
      }
    },
    "normalize/grad-x": ({ in: { y, length, dy }, out: { dx }, sizes: { N, D } }) => {
      for (let n = 0; n < N; n++) {
        const along = new Sum();
        for (let d = 0; d < D; d++) along.add(y[n * D + d] * dy[n * D + d]);
        for (let i = n * D; i < n * D + D; i++) {
          const long = length[n] >= 1e-12 ? 1 / length[n] : 0;
          const value = (dy[i] - along.value * y[i]) * long;
          dx.put(i, value, (Math.abs(dy[i]) + along.magnitude * Math.abs(y[i])) * long, D + 1, ulp.divide(value));
        }
      }
    },
  },
  cases: [
    { shapes: { x: [1, 2] } },
    { shapes: { x: [5, 3] } },
    { shapes: { x: [2, 5, 7, 33] } },
    { shapes: { x: [131, 8] }, draw: { x: draws.uniform(50, 60) } },
    { shapes: { x: [67, 4] }, draw: { x: draws.uniform(-1, 2) } },
  ],
};
