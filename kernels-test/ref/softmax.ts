import type { Reference, Values } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { logSoftmax } from "../../src/ops/log-softmax.js";
import { softmax } from "../../src/ops/softmax.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

/** Results saturate here instead of at infinity. */
const LARGEST = 3.4028234663852886e38;

/** exp(d) for a difference d of two float32 numbers: the built-in's error and that of the rounded difference. */
export const expError = (d: number): number => ulp.exp(d) + ulp.one * Math.abs(d) * Math.exp(d);

export interface RowOfExp {
  readonly peak: number;
  /** sum_k exp(x_k - peak), at least 1. */
  readonly total: number;
  /** Its error by the exps, relative. */
  readonly error: number;
  readonly log: number;
  /** The log's error by that and by the built-in log, whose place a series takes below 1.5. */
  readonly logError: number;
}

/** What softmax and cross-entropy need of K logits from `first` on, `stride` apart. */
export function rowOfExp(x: Values, first: number, K: number, stride = 1): RowOfExp {
  let peak = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < K; k++) peak = Math.max(peak, x[first + k * stride]);
  let total = 0;
  let error = 0;
  for (let k = 0; k < K; k++) {
    const d = x[first + k * stride] - peak;
    total += Math.exp(d);
    error += expError(d);
  }
  error /= total;
  return { peak, total, error, log: Math.log(total), logError: error + (total < 1.5 ? 0 : ulp.log(total)) };
}

const rows =
  (each: (first: number, K: number, env: Parameters<Reference>[0]) => void): Reference =>
  (env) => {
    for (let b = 0; b < env.sizes.B; b++) each(b * env.sizes.K, env.sizes.K, env);
  };

const cases: readonly Case[] = [
  { shapes: { x: [1, 1] } },
  { shapes: { x: [3, 5] } },
  { shapes: { x: [2, 3, 10] } },
  { shapes: { x: [5, 67] } },
  { shapes: { x: [3, 261] }, draw: { x: draws.uniform(-8, 8) } },
  { shapes: { x: [16, 9] }, draw: { x: draws.uniform(-100, 100) } },
];

export const softmaxProof: OpProof = {
  op: softmax,
  exact: false,
  references: {
    "softmax/forward": rows((first, K, { in: { x }, out: { y } }) => {
      const { peak, total, error } = rowOfExp(x, first, K);
      for (let k = 0; k < K; k++) {
        const d = x[first + k] - peak;
        const value = Math.exp(d) / total;
        y.put(first + k, value, value, K, expError(d) / total + value * error + ulp.divide(value));
      }
    }),
    "softmax/grad-x": rows((first, K, { in: { y, dy }, out: { dx } }) => {
      const mean = new Sum();
      for (let k = 0; k < K; k++) mean.add(y[first + k] * dy[first + k]);
      for (let i = first; i < first + K; i++)
        dx.put(i, y[i] * (dy[i] - mean.value), y[i] * (Math.abs(dy[i]) + mean.magnitude), K + 1);
    }),
  },
  cases,
};

export const logSoftmaxProof: OpProof = {
  op: logSoftmax,
  exact: false,
  references: {
    "log-softmax/forward": rows((first, K, { in: { x }, out: { y } }) => {
      const { peak, log, logError } = rowOfExp(x, first, K);
      for (let i = first; i < first + K; i++) {
        // The sum under the log is rounded relative to itself: one more term of size 1.
        const magnitude = Math.abs(x[i] - peak) + log + 1;
        y.put(i, Math.max(x[i] - peak - log, -LARGEST), magnitude, K, logError);
      }
    }),
    "log-softmax/grad-x": rows((first, K, { in: { y, dy }, out: { dx } }) => {
      const sum = new Sum();
      for (let i = first; i < first + K; i++) sum.add(dy[i]);
      for (let i = first; i < first + K; i++) {
        const e = Math.exp(y[i]);
        dx.put(
          i,
          dy[i] - e * sum.value,
          Math.abs(dy[i]) + e * sum.magnitude,
          K + 1,
          Math.abs(sum.value) * ulp.exp(y[i]),
        );
      }
    }),
  },
  cases,
};
