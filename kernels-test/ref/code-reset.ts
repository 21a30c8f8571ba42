import { codeReset } from "../../src/ops/code-reset.js";
import { permute } from "../../src/random/permutation.js";
import { draw as drawWords } from "../../src/random/philox.js";
import { rowsThatCount } from "./code-sums.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

const shapes = (rows: number[], K: number, D: number, ema = true): Case["shapes"] => ({
  x: [...rows, D],
  n: [K],
  m: ema ? [K, D] : [1],
  codes: [K, D],
});
const draw = { n: draws.uniform(0, 2) };
const far = { seed_low: 0x9abcdef0, seed_high: 0x12345, step: 70001 };

export const codeResetProof: OpProof = {
  op: codeReset,
  exact: false,
  references: {
    "code-reset/forward": (env) => {
      const {
        in: { x, n: used },
        out: { n, m, codes },
        sizes: { K, D, every, stream, threshold, fresh },
        overrides: { EMA },
        step,
      } = env;
      const rows = rowsThatCount(env);
      if (rows === 0 || (step.step + 1) % every !== 0) return;
      const [first, second] = drawWords(step.seed_low + step.seed_high * 2 ** 32, stream, step.step, 0);
      for (let k = 0; k < K; k++) {
        if (!(used[k] < threshold)) continue;
        const row = permute(k % rows, rows, first, second);
        for (let d = 0; d < D; d++) {
          codes.put(k * D + d, x[row * D + d]);
          if (EMA) m.put(k * D + d, fresh * x[row * D + d]);
        }
        n.put(k, fresh);
      }
    },
  },
  cases: [
    { shapes: shapes([1], 1, 1), draw, attrs: { threshold: 3 } },
    { shapes: shapes([5, 3], 4, 7), draw, attrs: { threshold: 1 }, step: { rows: 4 } },
    // More dead codes than rows.
    { shapes: shapes([17], 67, 66), draw, attrs: { threshold: 1, fresh: 0.5, site: 2 }, step: far },
    { shapes: shapes([9, 4, 4], 33, 12, false), draw, attrs: { threshold: 0.5, every: 4, ema: false } },
    // Not yet; no rows.
    { shapes: shapes([9, 4], 12, 12), draw, attrs: { threshold: 1, every: 5 } },
    { shapes: shapes([9, 4], 12, 12), draw, attrs: { threshold: 1 }, step: { rows: 0 } },
  ],
};
