import { bce } from "../../src/ops/bce.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { rowCases, rowGradient, rowSums } from "./row-loss.js";

const log = (p: number): number => Math.max(Math.log(p), -100);
/** The built-in log's error; a series takes its place near 1. */
const logError = (p: number): number => ((p > 0.67 && p < 1.5) || p === 0 ? 0 : ulp.log(p));

/** Away from 0 and 1, where central differences of step 1e-5 are off by (1e-5 / x)^2. */
const unit = { x: draws.uniform(0.02, 0.98), t: draws.uniform(0, 1) };

export const bceProof: OpProof = {
  op: bce,
  exact: false,
  references: {
    "bce/forward": rowSums((sum, i, { in: { x, t } }) => {
      const [p, q] = [x[i], 1 - x[i]];
      sum.add(-t[i] * log(p), t[i] * logError(p)).add((t[i] - 1) * log(q), (1 - t[i]) * logError(q));
    }),
    "bce/grad-x": rowGradient("dx", (sum, i, { in: { x, t } }) => {
      const under = Math.max(x[i] * (1 - x[i]), 1e-12);
      sum.add(x[i] / under, ulp.divide((x[i] - t[i]) / under)).add(-t[i] / under);
    }),
  },
  cases: [
    ...rowCases(["x", "t"], { draw: unit }),
    { shapes: { x: [3, 90], t: [3, 90] }, draw: { x: draws.uniform(0.02, 0.03), t: () => 0 } },
    { shapes: { x: [3, 90], t: [3, 90] }, draw: { x: draws.uniform(0.97, 0.98), t: () => 1 } },
  ],
};
