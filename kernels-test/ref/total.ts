import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { RING_WIDTH, total } from "../../src/ops/total.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";

const rowsOf = ({ step, sizes }: Env): number => Math.min(step.rows, sizes.B);

const terms = (count: number, B: number, step: Case["step"], LINES = 4): Case => ({
  shapes: {
    ...Object.fromEntries(Array.from({ length: count }, (_, k) => [`term${k}`, [B]])),
    ring: [LINES, RING_WIDTH],
  },
  step,
});

export const totalProof: OpProof = {
  op: total,
  exact: false,
  references: {
    "total/forward": (env) => {
      const {
        in: values,
        out: { ring, loss },
        sizes: { LINES },
        overrides: { TERMS },
        step,
      } = env;
      const rows = rowsOf(env);
      const line = (step.slot % LINES) * RING_WIDTH;
      const sum = new Sum();
      for (let k = 0; k < 4; k++) {
        const mean = new Sum();
        for (let b = 0; k < TERMS && b < rows; b++) mean.add(values[`term${k}`][b] / Math.max(rows, 1));
        const granted = ulp.divide(mean.value);
        ring.put(line + 1 + k, mean.value, mean.magnitude, mean.terms, granted);
        const weight = step[`weight${k}`];
        sum.add(weight * mean.value, Math.abs(weight) * granted);
        sum.magnitude += Math.abs(weight) * (mean.magnitude - Math.abs(mean.value));
        sum.terms += mean.terms;
      }
      for (const [out, at] of [
        [ring, line],
        [loss, 0],
      ] as const)
        out.putSum(at, sum);
      ring.put(line + 5, rows);
      ring.put(line + 6, 0);
      ring.put(line + 7, 0);
    },
    "total/grad-terms": (env) => {
      const rows = rowsOf(env);
      for (let k = 0; k < env.overrides.TERMS; k++)
        for (let b = 0; b < env.sizes.B; b++) {
          const value = b < rows ? env.step[`weight${k}`] / rows : 0;
          env.out[`dterm${k}`].put(b, value, Math.abs(value), 1, ulp.divide(value));
        }
    },
  },
  cases: [
    terms(1, 1, {}),
    terms(2, 7, { rows: 5, slot: 3, weight0: 1, weight1: 0.25 }),
    terms(3, 65, { slot: 6, weight0: 0.5, weight1: -2, weight2: 3 }),
    terms(4, 300, { rows: 131, slot: 1, weight0: 1, weight1: 4, weight2: 0, weight3: 1e-3 }),
    terms(4, 128, { rows: 0, slot: 2 }),
  ],
  objective: ({ values }) => values.get("loss")?.[0] ?? Number.NaN,
};
