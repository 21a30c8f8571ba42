import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { klCapacity } from "../../src/ops/kl-capacity.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

const rowsOf = ({ step, sizes }: Env): number => Math.min(step.rows, sizes.B);

const sized = (B: number, capacity: number, rows = B): Case => ({
  shapes: { kl: [B] },
  draw: { kl: draws.uniform(1, 30) },
  step: { capacity, rows },
});

export const klCapacityProof: OpProof = {
  op: klCapacity,
  exact: false,
  references: {
    "kl-capacity/forward": (env) => {
      const rows = rowsOf(env);
      const sum = new Sum();
      for (let b = 0; b < rows; b++) sum.add(env.in.kl[b] / rows);
      const divided = ulp.divide(sum.value);
      env.out.mean.put(0, sum.value, sum.magnitude, sum.terms, divided);
      const { capacity } = env.step;
      const far = Math.abs(sum.value - capacity);
      for (let b = 0; b < env.sizes.B; b++)
        if (b < rows) env.out.loss.put(b, far, sum.magnitude + capacity, sum.terms + 1, divided);
        else env.out.loss.put(b, 0);
    },
    "kl-capacity/grad-kl": (env) => {
      const rows = rowsOf(env);
      const sum = new Sum();
      const sign = Math.sign(env.in.mean[0] - env.step.capacity);
      for (let b = 0; b < rows; b++) sum.add((sign * env.in.dloss[b]) / rows);
      for (let b = 0; b < env.sizes.B; b++)
        if (b < rows) env.out.dkl.put(b, sum.value, sum.magnitude, sum.terms, ulp.divide(sum.value));
        else env.out.dkl.put(b, 0);
    },
  },
  cases: [sized(1, 0), sized(7, 50), sized(65, 3, 40), sized(300, 25, 131), sized(128, 0, 0)],
};
