import { Sum } from "../../src/graph/interpret.js";
import { lfq, lfqCodes } from "../../src/ops/lfq.js";
import { ulp } from "./accuracy.js";
import { rowsThatCount } from "./code-sums.js";
import type { Case, OpProof } from "./contract.js";
import { dot, draws, squaredRows } from "./contract.js";

const { abs, exp, log, log1p } = Math;
const sigmoid = (t: number): number => 1 / (1 + exp(-t));
const signOf = (z: number): number => (z > 0 ? 1 : -1);
const xlogx = (p: number): number => (p > 0 ? p * log(p) : 0);

const item = (z: number[], attrs: Case["attrs"], step?: Case["step"]): Case => ({
  shapes: { z },
  attrs,
  draw: { z: draws.awayFromZero(0.05) },
  ...(step && { step }),
});

export const lfqProof: OpProof = {
  op: lfq,
  exact: false,
  references: {
    "lfq/forward": ({ in: { z }, out: { q, indices, commit }, sizes: { N, D } }) => {
      for (let n = 0; n < N; n++) {
        const error = new Sum();
        let index = 0;
        for (let d = 0; d < D; d++) {
          const v = z[n * D + d];
          q.put(n * D + d, signOf(v));
          if (v > 0) index += 2 ** d;
          error.add((v - signOf(v)) ** 2);
        }
        indices.put(n, index);
        commit.putSum(n, error);
      }
    },
    "lfq/mean": (env) => {
      const {
        in: { z },
        out: { mean },
        sizes: { D, slope },
      } = env;
      const rows = rowsThatCount(env);
      for (let d = 0; d < D; d++) {
        const sum = new Sum();
        for (let n = 0; n < rows; n++) {
          const t = slope * z[n * D + d];
          sum.add(
            sigmoid(t) / Math.max(rows, 1),
            (ulp.sigmoid(t) + ulp.one * abs(t) * sigmoid(t) * sigmoid(-t)) / rows,
          );
        }
        mean.put(d, sum.value, sum.magnitude, sum.terms, sum.granted + ulp.divide(sum.value));
      }
    },
    "lfq/entropy": ({ in: { z, mean }, out: { entropy }, sizes: { N, D, slope, diversity } }) => {
      for (let n = 0; n < N; n++) {
        const sum = new Sum();
        for (let d = 0; d < D; d++) {
          const t = abs(slope * z[n * D + d]);
          const soft = log1p(exp(-t));
          sum.add(soft, ulp.exp(-t) + ulp.polynomial * soft + ulp.log(1 + exp(-t)));
          sum.add(t * sigmoid(-t), t * ulp.sigmoid(-t) + t * t * sigmoid(-t) * ulp.one);
          for (const p of [mean[d], 1 - mean[d]])
            sum.add(-diversity * -xlogx(p), abs(diversity) * (p > 0 ? p * ulp.log(p) + ulp.one : 0));
        }
        entropy.putSum(n, sum);
      }
    },
    "lfq/grad-sum": ({ in: { dentropy }, out: { pull } }) => {
      const sum = new Sum();
      for (const d of dentropy) sum.add(d);
      pull.putSum(0, sum);
    },
    "lfq/grad-z": (env) => {
      const {
        in: { z, mean, pull, dq, dcommit, dentropy },
        out: { dz },
        sizes: { N, D, slope, diversity },
      } = env;
      const rows = rowsThatCount(env);
      for (let i = 0; i < N * D; i++) {
        const [n, m] = [Math.floor(i / D), mean[i % D]];
        const t = slope * z[i];
        const steep = slope * sigmoid(t) * sigmoid(-t);
        // The sigmoid's relative error, and that of the rounded t.
        const unsure = slope * sigmoid(abs(t)) * ulp.sigmoid(-abs(t)) + steep * 2 * ulp.one * abs(t);
        const sum = new Sum().add(dq[i]).add(2 * dcommit[n] * (z[i] - signOf(z[i])));
        sum.add(-dentropy[n] * t * steep, abs(dentropy[n] * t) * unsure);
        if (n < rows) {
          const share = (diversity * pull[0]) / rows;
          sum.add(share * log(m) * steep, abs(share) * (ulp.log(m) * steep + abs(log(m)) * unsure));
          sum.add(
            -share * log(1 - m) * steep,
            abs(share) * ((ulp.log(1 - m) + ulp.one / (1 - m)) * steep + abs(log(1 - m)) * unsure),
          );
        }
        dz.putSum(i, sum);
      }
    },
  },
  objective: ({ values: run }, { values: base }) =>
    dot(base.get("dq"), run.get("z")) +
    squaredRows(base.get("dcommit"), run.get("z"), base.get("q")) +
    dot(base.get("dentropy"), run.get("entropy")),
  cases: [
    item([1, 1], { temperature: 4 }),
    item([5, 3], { temperature: 2, diversity: 0 }),
    item([7, 3, 5, 18], { temperature: 1, diversity: 0.5 }, { rows: 5 }),
    item([131, 32], { temperature: 3, diversity: 2 }),
    item([67, 4], {}),
  ],
};

export const lfqCodesProof: OpProof = {
  op: lfqCodes,
  exact: false,
  references: {
    "lfq-codes/forward": ({ in: { indices }, out: { q }, sizes: { N, D } }) => {
      for (let i = 0; i < N * D; i++)
        q.put(i, Math.floor(indices[Math.floor(i / D)] / 2 ** (i % D)) % 2 === 1 ? 1 : -1);
    },
  },
  cases: [1, 5, 18, 32].map((bits, c) => ({
    shapes: { indices: [[1], [3, 7], [67], [2, 5, 9]][c] },
    attrs: { bits },
    draw: { indices: draws.integer(2 ** bits) },
  })),
};
