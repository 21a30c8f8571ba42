import type { Env, Output, Reference, Values } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { batchNorm, batchNormEval } from "../../src/ops/batch-norm.js";
import { saturated, ulp } from "./accuracy.js";
import { activate } from "./activation.js";
import type { Draw, OpProof } from "./contract.js";
import { draws } from "./contract.js";

type Sizes = Env["sizes"];

/** Sums saturate at the largest float. */
const putSaturated = (out: Output, i: number, { value, magnitude, terms }: Sum): void =>
  out.put(i, saturated(value), magnitude, terms);

/** Mean and sum of squared deviations of some elements, and by what their errors are measured. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly meanMagnitude: number;
  readonly squares: number;
  /** First order in the rounding of each difference. */
  readonly squaresMagnitude: number;
  /** Second order, by a rounded mean: n times its error squared. */
  readonly squaresGranted: number;
}

export function moments(x: Values, indices: readonly number[]): Moments {
  const n = indices.length;
  const by = Math.max(n, 1);
  const sum = new Sum();
  for (const i of indices) sum.add(x[i]);
  const [mean, meanMagnitude] = [sum.value / by, sum.magnitude / by];
  let [squares, squaresMagnitude] = [0, 0];
  for (const i of indices) {
    const d = x[i] - mean;
    squares += d * d;
    squaresMagnitude += d * d + Math.abs(d) * (Math.abs(x[i]) + Math.abs(mean));
  }
  const meanError = (8 + 4 * Math.sqrt(n)) * ulp.one * meanMagnitude;
  return { n, mean, meanMagnitude, squares, squaresMagnitude, squaresGranted: n * meanError ** 2 };
}

/** 1 / sqrt(variance + eps): value, magnitude that counts the variance's own, granted. */
export function rstdOf(variance: number, magnitude: number, eps: number, granted = 0): [number, number, number] {
  const value = 1 / Math.sqrt(variance + eps);
  const slope = (0.5 * value) / (variance + eps);
  return [value, value + slope * (magnitude + eps), slope * granted + 2 * ulp.one * value];
}

const countOf = ({ N, P }: Sizes, { rows }: Env["step"]): number => Math.min(rows, N / P) * P;

/** Rows of stretch s, from and to. */
const stretch = ({ L }: Sizes, rows: number, s: number): [number, number] => [
  Math.min(s * L, rows),
  Math.min((s + 1) * L, rows),
];

const partials: Reference = ({ in: { x }, out, sizes, step }) => {
  const { C, S } = sizes;
  for (let s = 0; s < S; s++) {
    const [from, to] = stretch(sizes, countOf(sizes, step), s);
    for (let c = 0; c < C; c++) {
      const indices = Array.from({ length: to - from }, (_, k) => (from + k) * C + c);
      const m = moments(x, indices);
      out.partials.put(2 * s * C + c, m.mean, m.meanMagnitude, m.n);
      out.partials.put((2 * s + 1) * C + c, saturated(m.squares), m.squaresMagnitude, m.n, m.squaresGranted);
    }
  }
};

const statistics: Reference = ({ in: { partials: p, runningMean, runningVar }, out, sizes, step }) => {
  const { C, S, eps, momentum, rest } = sizes;
  const rows = countOf(sizes, step);
  for (let c = 0; c < C; c++) {
    const parts = Array.from({ length: S }, (_, s) => {
      const [from, to] = stretch(sizes, rows, s);
      return { n: to - from, mean: p[2 * s * C + c], squares: p[(2 * s + 1) * C + c] };
    });
    const mean = new Sum();
    for (const part of parts) mean.add((part.n * part.mean) / rows);
    let [squares, magnitude] = [0, 0];
    for (const part of parts) {
      const d = part.mean - mean.value;
      squares += part.squares + part.n * d * d;
      magnitude += part.squares + part.n * (d * d + Math.abs(d) * (Math.abs(part.mean) + mean.magnitude));
    }
    const granted = rows * (12 * ulp.one * mean.magnitude) ** 2;
    const terms = S + 2;
    const [value, valueMagnitude, valueGranted] = rstdOf(squares / rows, magnitude / rows, eps, granted / rows);
    out.mean.put(c, mean.value, mean.magnitude, terms);
    out.rstd.put(c, value, valueMagnitude, terms, valueGranted);
    const kept = rest * runningMean[c];
    out.runningMean.put(c, kept + momentum * mean.value, Math.abs(kept) + momentum * mean.magnitude, terms);
    const [old, by] = [rest * runningVar[c], momentum / Math.max(rows - 1, 1)];
    out.runningVar.put(c, old + by * squares, Math.abs(old) + by * magnitude, terms, by * granted);
  }
};

const forward: Reference = ({ in: { x, w, bias, mean, rstd }, out: { y }, sizes: { N, C, kind, slope } }) => {
  for (let i = 0; i < N * C; i++) {
    const c = i % C;
    const gain = rstd[c] * w[c];
    const { value, granted } = activate(kind, (x[i] - mean[c]) * gain + bias[c], slope);
    const magnitude = (Math.abs(x[i]) + Math.abs(mean[c])) * Math.abs(gain) + Math.abs(bias[c]);
    y.put(i, value, Math.max(magnitude, Math.abs(value)), 4, granted);
  }
};

export const gradPartials: Reference = ({ in: { x, mean, rstd, dy }, out, sizes }) => {
  const { N, C, S, G, span } = sizes;
  for (let s = 0; s < S; s++)
    for (let c = 0; c < C; c++) {
      const [sum, product] = [new Sum(), new Sum()];
      const [from, to] = stretch(sizes, N, s);
      for (let r = from; r < to; r++) {
        const i = r * C + c;
        const of = Math.floor(r / span) * G + Math.floor(c / (C / G));
        sum.add(dy[i]);
        product.add(dy[i] * (x[i] - mean[of]) * rstd[of]);
        // The difference is rounded relative to what it is taken from.
        product.magnitude += 2 * Math.abs(dy[i] * rstd[of]) * (Math.abs(x[i]) + Math.abs(mean[of]));
      }
      putSaturated(out.gradPartials, 2 * s * C + c, sum);
      putSaturated(out.gradPartials, (2 * s + 1) * C + c, product);
    }
};

export const gradSums =
  (dw: string, dbias: string): Reference =>
  ({ in: { gradPartials: g }, out, sizes: { C, S } }) => {
    for (let c = 0; c < C; c++) {
      const [sum, product] = [new Sum(), new Sum()];
      for (let s = 0; s < S; s++) {
        sum.add(g[2 * s * C + c]);
        product.add(g[(2 * s + 1) * C + c]);
      }
      putSaturated(out[dbias], c, sum);
      putSaturated(out[dw], c, product);
    }
  };

const gradX: Reference = ({ in: { x, w, mean, rstd, sumProduct, sumDy, dy }, out: { dx }, sizes, step }) => {
  const { N, C } = sizes;
  const rows = countOf(sizes, step);
  for (let i = 0; i < N * C; i++) {
    const c = i % C;
    const gain = w[c] * rstd[c];
    const tilt = (sumProduct[c] / rows) * rstd[c];
    const value = gain * (dy[i] - sumDy[c] / rows - (x[i] - mean[c]) * tilt);
    const magnitude =
      Math.abs(dy[i]) + Math.abs(sumDy[c] / rows) + (Math.abs(x[i]) + Math.abs(mean[c])) * Math.abs(tilt);
    if (i < rows * C) dx.put(i, value, Math.abs(gain) * magnitude, 6);
    else dx.put(i, 0);
  }
};

const positive = draws.uniform(0.2, 3);
/** Far from 0 with a small spread: what a sum of squares would lose. */
const far = { x: draws.uniform(99, 101), runningVar: positive };
/** Nothing comes in for rows that do not count. */
const first =
  (count: number): Draw =>
  (r, i) =>
    i < count ? r.normal() : 0;
export const vectors = (C: number): Record<string, number[]> => ({ w: [C], bias: [C] });
const running = (C: number): Record<string, number[]> => ({ ...vectors(C), runningMean: [C], runningVar: [C] });

export const batchNormProof: OpProof = {
  op: batchNorm,
  exact: false,
  references: {
    "batch-norm/partials": partials,
    "batch-norm/statistics": statistics,
    "batch-norm/forward": forward,
    "batch-norm/grad-partials": gradPartials,
    "batch-norm/grad-sums": gradSums("sumProduct", "sumDy"),
    "batch-norm/grad-x": gradX,
    "batch-norm/grad-w": gradSums("dw", "dbias"),
  },
  cases: [
    { shapes: { x: [2, 1], ...running(1) }, draw: { runningVar: positive } },
    { shapes: { x: [5, 3, 7, 6], ...running(6) }, draw: { runningVar: positive }, attrs: { momentum: 0.3, eps: 1e-3 } },
    { shapes: { x: [67, 35], ...running(35) }, draw: far },
    // Several stretches, the last one short; rows that do not count, from the second stretch on.
    {
      shapes: { x: [7, 9, 9, 5], ...running(5) },
      draw: { runningVar: positive, dy: first(4 * 81 * 5) },
      step: { rows: 4 },
    },
    { shapes: { x: [3, 17, 19, 18], ...running(18) }, draw: far, attrs: { momentum: 1 } },
    // As many stretches as there may be.
    { shapes: { x: [9, 64, 64, 1], ...running(1) }, draw: { runningVar: positive } },
    {
      shapes: { x: [40, 3], ...running(3) },
      draw: { runningVar: positive, dy: first(3) },
      step: { rows: 1 },
      attrs: { eps: 0.1 },
    },
  ],
};

const still = (C: number): Record<string, number[]> => ({ ...vectors(C), mean: [C], variance: [C] });

export const batchNormEvalProof: OpProof = {
  op: batchNormEval,
  exact: false,
  references: {
    "batch-norm-eval/rstd": ({ in: { variance }, out: { rstd }, sizes: { C, eps } }) => {
      for (let c = 0; c < C; c++) {
        const [value, magnitude, granted] = rstdOf(variance[c], variance[c], eps);
        rstd.put(c, value, magnitude, 2, granted);
      }
    },
    "batch-norm/forward": forward,
    "batch-norm-eval/grad-x": ({ in: { w, rstd, dy }, out: { dx }, sizes: { N, C } }) => {
      for (let i = 0; i < N * C; i++) dx.put(i, w[i % C] * rstd[i % C] * dy[i]);
    },
    "batch-norm/grad-partials": gradPartials,
    "batch-norm/grad-w": gradSums("dw", "dbias"),
  },
  cases: [
    { shapes: { x: [1, 1], ...still(1) }, draw: { variance: positive } },
    { shapes: { x: [5, 3, 7, 6], ...still(6) }, draw: { variance: positive }, attrs: { eps: 1e-3 } },
    { shapes: { x: [67, 300], ...still(300) }, draw: { variance: draws.uniform(0, 1e-3) } },
    { shapes: { x: [3, 17, 19, 18], ...still(18) }, draw: { variance: positive } },
  ],
};
