import { mse } from "../../src/ops/mse.js";
import type { OpProof } from "./contract.js";
import { rowCases, rowGradient, rowSums } from "./row-loss.js";

export const mseProof: OpProof = {
  op: mse,
  exact: true,
  references: {
    "mse/forward": rowSums((sum, i, { in: { x, t } }) => {
      sum.add((x[i] - t[i]) ** 2);
    }),
    "mse/grad-x": rowGradient("dx", (sum, i, { in: { x, t } }) => {
      sum.add(2 * (x[i] - t[i]));
    }),
    "mse/grad-t": rowGradient("dt", (sum, i, { in: { x, t } }) => {
      sum.add(2 * (t[i] - x[i]));
    }),
  },
  cases: rowCases(["x", "t"]),
};
