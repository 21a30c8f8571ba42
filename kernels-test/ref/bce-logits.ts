import { bceLogits } from "../../src/ops/bce-logits.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { rowCases, rowGradient, rowSums } from "./row-loss.js";

const unit = { t: draws.uniform(0, 1) };

export const bceLogitsProof: OpProof = {
  op: bceLogits,
  exact: false,
  references: {
    "bce-logits/forward": rowSums((sum, i, { in: { x, t } }) => {
      const e = Math.exp(-Math.abs(x[i]));
      // Below 1/2 a series takes the place of the log.
      const granted = ulp.exp(-Math.abs(x[i])) / (1 + e) + (e < 0.5 ? 0 : ulp.log(1 + e));
      sum
        .add(Math.max(x[i], 0))
        .add(-x[i] * t[i])
        .add(Math.log1p(e), granted);
    }),
    "bce-logits/grad-x": rowGradient("dx", (sum, i, { in: { x, t } }) => {
      sum.add(1 / (1 + Math.exp(-x[i])), ulp.sigmoid(x[i])).add(-t[i]);
    }),
  },
  cases: [
    ...rowCases(["x", "t"], { draw: unit }),
    { shapes: { x: [5, 70], t: [5, 70] }, draw: { ...unit, x: draws.uniform(-100, 100) } },
  ],
};
