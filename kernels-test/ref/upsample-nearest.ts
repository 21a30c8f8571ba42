import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { upsampleNearest } from "../../src/ops/upsample-nearest.js";
import type { OpProof } from "./contract.js";

/** Every element of y with the one of x that it repeats. */
function repeats({ B, H, W, C, P, Q }: Env["sizes"], visit: (y: number, x: number) => void): void {
  for (let b = 0; b < B; b++)
    for (let p = 0; p < P; p++)
      for (let q = 0; q < Q; q++)
        for (let c = 0; c < C; c++) {
          const [h, v] = [Math.floor((p * H) / P), Math.floor((q * W) / Q)];
          visit(((b * P + p) * Q + q) * C + c, ((b * H + h) * W + v) * C + c);
        }
}

export const upsampleNearestProof: OpProof = {
  op: upsampleNearest,
  exact: true,
  references: {
    "upsample-nearest/forward": ({ in: { x }, out, sizes }) => repeats(sizes, (y, from) => out.y.put(y, x[from])),
    "upsample-nearest/grad-x": ({ in: { dy }, out: { dx }, sizes }) => {
      const sums = Array.from(dx.value, () => new Sum());
      repeats(sizes, (y, from) => sums[from].add(dy[y]));
      sums.forEach((sum, i) => {
        dx.putSum(i, sum);
      });
    },
  },
  cases: [
    { shapes: { x: [1, 1, 1, 1] } },
    { shapes: { x: [2, 5, 7, 3] } },
    { shapes: { x: [2, 4, 3, 5] }, attrs: { scaleH: 3, scaleW: 1 } },
    { shapes: { x: [1, 7, 5, 4] }, attrs: { scaleH: 1.5, scaleW: 2.3 } },
    // Smaller: pixels that nothing repeats.
    { shapes: { x: [1, 9, 10, 6] }, attrs: { scaleH: 0.5, scaleW: 0.3 } },
  ],
};
