import { l1 } from "../../src/ops/l1.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { rowCases, rowGradient, rowSums } from "./row-loss.js";

/** x lies beyond 1 and t within, so that no pair is near the kink. */
export const apart = { x: draws.awayFromZero(1), t: draws.uniform(-0.95, 0.95) };

export const l1Proof: OpProof = {
  op: l1,
  exact: true,
  references: {
    "l1/forward": rowSums((sum, i, { in: { x, t } }) => {
      sum.add(Math.abs(x[i] - t[i]));
    }),
    "l1/grad-x": rowGradient("dx", (sum, i, { in: { x, t } }) => {
      sum.add(Math.sign(x[i] - t[i]));
    }),
    "l1/grad-t": rowGradient("dt", (sum, i, { in: { x, t } }) => {
      sum.add(Math.sign(t[i] - x[i]));
    }),
  },
  cases: rowCases(["x", "t"], { draw: apart }),
};
