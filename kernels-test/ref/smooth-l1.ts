import { smoothL1 } from "../../src/ops/smooth-l1.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { rowCases, rowGradient, rowSums } from "./row-loss.js";

const slope = (d: number, beta: number): number => (Math.abs(d) < beta ? d / beta : Math.sign(d));

export const smoothL1Proof: OpProof = {
  op: smoothL1,
  exact: false,
  references: {
    "smooth-l1/forward": rowSums((sum, i, { in: { x, t }, sizes: { beta } }) => {
      const a = Math.abs(x[i] - t[i]);
      const square = (0.5 * a * a) / beta;
      if (a < beta) sum.add(square, ulp.divide(square));
      else sum.add(a).add(-0.5 * beta);
    }),
    "smooth-l1/grad-x": rowGradient("dx", (sum, i, { in: { x, t }, sizes: { beta } }) => {
      const value = slope(x[i] - t[i], beta);
      sum.add(value, ulp.divide(value));
    }),
    "smooth-l1/grad-t": rowGradient("dt", (sum, i, { in: { x, t }, sizes: { beta } }) => {
      const value = slope(t[i] - x[i], beta);
      sum.add(value, ulp.divide(value));
    }),
  },
  cases: [...rowCases(["x", "t"]), ...rowCases(["x", "t"], { attrs: { beta: 0.3 } }).slice(1, 5)],
};
