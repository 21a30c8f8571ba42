import { gaussianNll } from "../../src/ops/gaussian-nll.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";
import { rowCases, rowGradient, rowSums } from "./row-loss.js";

export const gaussianNllProof: OpProof = {
  op: gaussianNll,
  exact: false,
  references: {
    "gaussian-nll/forward": rowSums((sum, i, { in: { x, logVar, t } }) => {
      const [square, c] = [(x[i] - t[i]) ** 2, -clampLogVar(logVar[i])];
      sum
        .add(0.5 * logVar[i])
        .add(0.5 * square * Math.exp(c), 0.5 * square * ulp.exp(c))
        .add(0.5 * Math.log(2 * Math.PI));
    }),
    "gaussian-nll/grad-x": (env) => {
      rowGradient("dx", (sum, i, { in: { x, logVar, t } }) => {
        const [d, c] = [x[i] - t[i], -clampLogVar(logVar[i])];
        sum.add(d * Math.exp(c), Math.abs(d) * ulp.exp(c));
      })(env);
      rowGradient("dlogVar", (sum, i, { in: { x, logVar, t } }) => {
        const [square, c] = [(x[i] - t[i]) ** 2, -clampLogVar(logVar[i])];
        sum.add(0.5).add(-0.5 * square * Math.exp(c), 0.5 * square * ulp.exp(c));
      })(env);
    },
  },
  cases: [
    ...rowCases(["x", "logVar", "t"]),
    { shapes: { x: [4, 70], logVar: [4, 70], t: [4, 70] }, draw: { logVar: draws.uniform(-6, 6) } },
  ],
};
