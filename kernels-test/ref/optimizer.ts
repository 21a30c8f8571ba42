import type { Env } from "../../src/graph/interpret.js";
import { adagrad, adam, adamw, rmsprop, sgd } from "../../src/ops/optimizer.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

const { abs, max, min, sqrt } = Math;
const CAP = 3.4e38;
const square = (x: number): number => min(x * x, CAP);
/** Error that a square root and a division bring into a quotient. */
const quotientError = (value: number): number => ulp.sqrt(value) + ulp.divide(value);

/** The gradient with its L2 term, and what its rounding is measured by. */
function decayed({ in: { w, dw }, sizes: { weightDecay } }: Env, i: number): { g: number; size: number } {
  return { g: dw[i] + weightDecay * w[i], size: abs(dw[i]) + abs(weightDecay * w[i]) };
}

function adamTwin(env: Env): void {
  const { in: from, out, sizes, overrides, step } = env;
  const { N, beta1, beta2, rest1, rest2, eps, weightDecay } = sizes;
  for (let i = 0; i < N; i++) {
    const w = from.w[i];
    const { g, size } = overrides.DECOUPLED ? { g: from.dw[i], size: abs(from.dw[i]) } : decayed(env, i);
    const kept = overrides.DECOUPLED ? w - step.lr * weightDecay * w : w;
    const m = beta1 * from.m[i] + rest1 * g;
    const mSize = abs(beta1 * from.m[i]) + rest1 * size;
    const v = beta2 * from.v[i] + rest2 * square(g);
    out.m.put(i, m, mSize, 3);
    out.v.put(i, v, beta2 * from.v[i] + rest2 * square(size), 3);
    const under = overrides.AMSGRAD ? max(from.vmax[i], v) : v;
    if (overrides.AMSGRAD) out.vmax.put(i, under, max(under, rest2 * square(size)), 3);
    const rate = step.lr / step.correction1 / (sqrt(under / step.correction2) + eps);
    out.w.put(i, kept - rate * m, abs(w) + rate * mSize, 2, 3 * quotientError(rate * m));
  }
}

function sgdTwin(env: Env): void {
  const { in: from, out, sizes, overrides, step } = env;
  for (let i = 0; i < sizes.N; i++) {
    const { g, size } = decayed(env, i);
    let [move, moveSize] = [g, size];
    if (overrides.MOMENTUM) {
      const m = sizes.momentum * from.m[i] + step.correction1 * g;
      const mSize = abs(sizes.momentum * from.m[i]) + step.correction1 * size;
      out.m.put(i, m, mSize, 3);
      [move, moveSize] = overrides.NESTEROV ? [g + sizes.momentum * m, size + sizes.momentum * mSize] : [m, mSize];
    }
    out.w.put(i, from.w[i] - step.lr * move, abs(from.w[i]) + step.lr * moveSize, 3);
  }
}

function rmspropTwin(env: Env): void {
  const { in: from, out, sizes, overrides, step } = env;
  const { N, alpha, rest, momentum, eps } = sizes;
  const keras = overrides.FORM === 1;
  for (let i = 0; i < N; i++) {
    const { g, size } = decayed(env, i);
    const v = alpha * from.v[i] + rest * square(g);
    const vSize = alpha * from.v[i] + rest * square(size);
    out.v.put(i, v, vSize, 3);
    let [under, spread] = [v, vSize / v];
    if (overrides.CENTERED) {
      const mean = alpha * from.mean[i] + rest * g;
      const meanSize = abs(alpha * from.mean[i]) + rest * size;
      out.mean.put(i, mean, meanSize, 3);
      // What cancels in the variance enlarges the rounding of both its terms.
      under = max(v - square(mean), 0);
      spread = (vSize + square(meanSize)) / under;
    }
    const root = keras ? sqrt(under + eps) : sqrt(under) + eps;
    let move = (keras ? step.lr : 1) * (g / root);
    let moveSize = (keras ? step.lr : 1) * (size / root) * (1 + spread);
    const granted = quotientError(move);
    if (overrides.MOMENTUM) {
      move += momentum * from.m[i];
      moveSize += abs(momentum * from.m[i]);
      out.m.put(i, move, moveSize, 3, granted);
    }
    const rate = keras ? 1 : step.lr;
    out.w.put(i, from.w[i] - rate * move, abs(from.w[i]) + rate * moveSize, 3, rate * granted);
  }
}

function adagradTwin(env: Env): void {
  const { in: from, out, sizes, step } = env;
  for (let i = 0; i < sizes.N; i++) {
    const { g, size } = decayed(env, i);
    const v = min(from.v[i] + square(g), CAP);
    const vSize = from.v[i] + square(size);
    out.v.put(i, v, vSize, 2);
    const move = (step.lr * g) / (sqrt(v) + sizes.eps);
    const moveSize = ((step.lr * size) / sqrt(v)) * (vSize / v);
    out.w.put(i, from.w[i] - move, abs(from.w[i]) + moveSize, 3, quotientError(move));
  }
}

const lengths = [1, 255, 256, 257, 1000];
const positive = draws.uniform(0.01, 2);
/** Cases over ragged lengths; of the moments, those named by `used` are whole and the rest of one element. */
const casesOf = (
  moments: readonly string[],
  settings: readonly { attrs: Case["attrs"]; used: readonly string[]; draw?: Case["draw"]; step?: Case["step"] }[],
): Case[] =>
  settings.flatMap(({ attrs, used, draw, step }, s) =>
    lengths
      .filter((_, l) => l !== s % 3)
      .map((n) => ({
        shapes: {
          w: [n],
          dw: [n],
          ...Object.fromEntries(moments.map((name) => [name, [used.includes(name) ? n : 1]])),
        },
        attrs,
        draw: { v: positive, vmax: positive, ...draw },
        step,
      })),
  );

const adamDefaults = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, amsgrad: false };
const adamSettings = [
  { attrs: adamDefaults, used: ["m", "v"] },
  { attrs: { ...adamDefaults, beta1: 0.662, beta2: 0.95, eps: 1e-6, weightDecay: 0.25 }, used: ["m", "v"] },
  { attrs: { ...adamDefaults, weightDecay: 0.05, amsgrad: true }, used: ["m", "v", "vmax"] },
  // The first step: moments are 0, gradients up to where a square overflows.
  {
    attrs: adamDefaults,
    used: ["m", "v"],
    draw: { m: () => 0, v: () => 0, dw: (_: unknown, i: number) => [0, -0, 1e-40, 1e-3, -104, 1.9e19, 3.4e38][i % 7] },
    step: { step: 0, correction2: 1 },
  },
];

const optimizerReferences = {
  "optimizer/adam": adamTwin,
  "optimizer/sgd": sgdTwin,
  "optimizer/rmsprop": rmspropTwin,
  "optimizer/adagrad": adagradTwin,
};

export const adamProof: OpProof = {
  op: adam,
  exact: false,
  references: optimizerReferences,
  cases: casesOf(["m", "v", "vmax"], adamSettings),
};

export const adamwProof: OpProof = { ...adamProof, op: adamw };

export const sgdProof: OpProof = {
  op: sgd,
  exact: false,
  references: optimizerReferences,
  cases: casesOf(
    ["m"],
    [
      { attrs: { momentum: 0, nesterov: false, weightDecay: 0 }, used: [] },
      { attrs: { momentum: 0.9, nesterov: false, weightDecay: 0.03 }, used: ["m"] },
      { attrs: { momentum: 0.8, nesterov: true, weightDecay: 0 }, used: ["m"] },
    ],
  ),
};

const rmspropDefaults = { alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0, form: 0 };
const apart = { v: draws.uniform(1, 3), mean: draws.uniform(-0.5, 0.5) };

export const rmspropProof: OpProof = {
  op: rmsprop,
  exact: false,
  references: optimizerReferences,
  cases: casesOf(
    ["v", "m", "mean"],
    [
      { attrs: rmspropDefaults, used: ["v"] },
      { attrs: { ...rmspropDefaults, alpha: 0.9, momentum: 0.75, weightDecay: 0.1 }, used: ["v", "m"] },
      { attrs: { ...rmspropDefaults, centered: true, eps: 0.25 }, used: ["v", "mean"], draw: apart },
      { attrs: { ...rmspropDefaults, form: 1, alpha: 0.9, eps: 0.125, momentum: 0.5 }, used: ["v", "m"] },
      {
        attrs: { ...rmspropDefaults, form: 1, centered: true, momentum: 0.5, eps: 1e-7 },
        used: ["v", "m", "mean"],
        draw: apart,
      },
    ],
  ),
};

export const adagradProof: OpProof = {
  op: adagrad,
  exact: false,
  references: optimizerReferences,
  cases: casesOf(
    ["v"],
    [
      { attrs: { eps: 1e-10, weightDecay: 0 }, used: ["v"] },
      { attrs: { eps: 1e-3, weightDecay: 0.1 }, used: ["v"] },
      {
        attrs: { eps: 1e-10, weightDecay: 0 },
        used: ["v"],
        draw: { v: () => 3e38, dw: (_: unknown, i: number) => [0, -0, 1e-40, -104, 1.9e19, 3.4e38][i % 6] },
      },
    ],
  ),
};
