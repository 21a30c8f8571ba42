import { activations } from "../src/ops/activation.js";
import { fsqLevels } from "../src/ops/fsq.js";
import type { Attrs, Shape } from "../src/ops/op.js";
import type { Draw } from "./ref/contract.js";

export const LARGEST = 3.4028234663852886e38;
const EDGES = [0, -0, 1e-40, -1e-40, 1e-38, -1e-38, 88.9, -88.9, 104, -104, LARGEST, -LARGEST];
const E = EDGES.length;

/** Edge number `floor(i / every)`, round and round: several inputs with strides 1, E, E^2 ... meet in every combination. */
const edge =
  (every: number, at: (i: number) => number = (i) => i): Draw =>
  (_, i) =>
    EDGES[Math.floor(at(i) / every) % E] as number;
/** mu beside logVar: rows of 2L. */
const stats =
  (L: number, everyMu: number, everyLogVar: number): Draw =>
  (r, i) =>
    edge(i % (2 * L) < L ? everyMu : everyLogVar)(r, i % L);

interface EdgeCase {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly draw: Readonly<Record<string, Draw>>;
  readonly attrs?: Attrs;
  readonly step?: Readonly<Record<string, number>>;
}

/** All combinations of a row loss's inputs: each alone in its row, and all in one row, which makes the sums overflow. */
function rowLossCases(...inputs: string[]): EdgeCase[] {
  const all = E ** inputs.length;
  const shaped = (shape: Shape, everyLoss: number): EdgeCase => ({
    shapes: Object.fromEntries(inputs.map((name) => [name, shape])),
    draw: { ...Object.fromEntries(inputs.map((name, k) => [name, edge(E ** k)])), dloss: edge(everyLoss) },
  });
  return [shaped([all, 1], 1), shaped([E, all], 1)];
}

const pair: Draw = (r, i) => edge(i % 2 === 0 ? 1 : E)(r, Math.floor(i / 2));
const upstreamPair: Draw = (r, i) => edge(E * E)(r, Math.floor(i / 2) + (i % 2) * 5 * E * E);
const softmaxCases: EdgeCase[] = [
  { shapes: { x: [E ** 3, 2] }, draw: { x: pair, dy: upstreamPair } },
  { shapes: { x: [E, E] }, draw: { x: edge(1), dy: edge(1, (i) => i * 7 + Math.floor(i / E)) } },
];

/** Neighbours that are not the same edges in each row. */
const askew = (i: number): number => i * 7 + Math.floor(i / E) + Math.floor(i / (E * E));
const normVectors = { w: [E], bias: [E] };
const normDraws = { x: edge(1, askew), w: edge(1), bias: edge(1, askew), dy: edge(5, askew) };

/** What each loss, activation and norm is tried on, by the op's name. */
export const cases: Readonly<Record<string, readonly EdgeCase[]>> = {
  activation: Object.values(activations).map((kind) => ({
    shapes: { x: [E * E] },
    draw: { x: edge(1), dy: edge(E) },
    attrs: { kind },
  })),
  "bce-logits": rowLossCases("x", "t"),
  bce: rowLossCases("x", "t"),
  mse: rowLossCases("x", "t"),
  l1: rowLossCases("x", "t"),
  "smooth-l1": rowLossCases("x", "t"),
  "gaussian-nll": rowLossCases("x", "logVar", "t"),
  "cross-entropy": [
    { shapes: { x: [E ** 3, 2], t: [E ** 3] }, draw: { x: pair, t: (_, i) => i % 2, dloss: edge(E * E) } },
    { shapes: { x: [E, E], t: [E] }, draw: { x: edge(1), t: (_, i) => i, dloss: edge(1) } },
  ],
  softmax: softmaxCases,
  "log-softmax": softmaxCases,
  reparameterize: [
    {
      shapes: { stats: [E * E, 2 * E ** 3], eps: [E * E, E ** 3] },
      draw: { stats: stats(E ** 3, 1, E), eps: edge(E * E), dz: edge(E ** 3), dkl: edge(E) },
    },
    { shapes: { stats: [E * E, 2 * E * E] }, draw: { stats: stats(E * E, 1, E), dz: edge(E * E), dkl: edge(E) } },
  ],
  "kl-class-mean": [
    {
      shapes: { stats: [E * E, 2 * E * E], table: [E, E * E], labels: [E * E] },
      draw: { stats: stats(E * E, 1, E), table: edge(E * E), labels: (_, i) => i % E, dkl: edge(E) },
    },
  ],
  "kl-gaussians": [
    {
      shapes: { p: [E, 2 * E ** 4], q: [E, 2 * E ** 4] },
      draw: { p: stats(E ** 4, 1, E), q: stats(E ** 4, E * E, E ** 3), dkl: edge(1) },
    },
  ],
  "kl-capacity": EDGES.filter((v) => v >= 0).map((capacity) => ({
    shapes: { kl: [E] },
    draw: { kl: edge(1), dloss: edge(1, (i) => 5 * i) },
    step: { capacity },
  })),
  "free-bits": [
    {
      shapes: { stats: [E * E, 2 * E * E] },
      draw: { stats: stats(E * E, 1, E), dloss: edge(1) },
      attrs: { free: 0.5 },
    },
    { shapes: { stats: [1, 2 * E * E] }, draw: { stats: stats(E * E, 1, E), dloss: edge(1) }, attrs: { free: 0 } },
  ],
  "total-correlation": [
    {
      shapes: { stats: [E * E, 2 * E], z: [E * E, E] },
      draw: { stats: (r, i) => edge(i % (2 * E) < E ? 1 : E)(r, askew(i)), z: edge(1, askew), dterms: edge(1, askew) },
      attrs: { rows: 60_000 },
    },
    { shapes: { stats: [E, 2], z: [E, 1] }, draw: { stats: pair, z: edge(1), dterms: edge(1) }, attrs: { rows: 1 } },
  ],
  "sigma-nll": EDGES.map((logVar) => ({
    shapes: { square: [E * E], logVar: [1] },
    draw: { square: edge(1), logVar: () => logVar, dloss: edge(E) },
    attrs: { elements: 784 },
  })),
  "prior-ratio": [
    {
      shapes: { stats: [E, 2 * E ** 3], z: [E, E ** 3] },
      draw: { stats: stats(E ** 3, 1, E), z: edge(E * E), dratio: edge(1) },
    },
  ],
  importance: [1, 2, E].map((draws) => ({
    shapes: { recon: [E ** 3], ratio: [E ** 3] },
    draw: { recon: edge(1), ratio: edge(E), dloss: edge(1, askew) },
    attrs: { draws },
  })),
  "sparse-kl": [1, E, E * E].map((B) => ({
    shapes: { h: [B, E] },
    draw: { h: edge(1, askew), dloss: edge(1) },
    attrs: { rho: 0.05 },
  })),
  "activation-tangent": Object.values(activations).map((kind) => ({
    shapes: { x: [E ** 3], t: [E ** 3] },
    draw: { x: edge(1), t: edge(E), dy: edge(E * E) },
    attrs: { kind },
  })),
  "batch-norm": [
    { shapes: { x: [E * E, E], ...normVectors, runningMean: [E], runningVar: [E] }, draw: normDraws },
    { shapes: { x: [E * E * 2, 1], w: [1], bias: [1], runningMean: [1], runningVar: [1] }, draw: normDraws },
  ],
  "batch-norm-eval": [
    {
      shapes: { x: [E * E, E], ...normVectors, mean: [E], variance: [E] },
      draw: { ...normDraws, variance: (r, i) => Math.abs(edge(1)(r, i)) },
    },
  ],
  "group-norm": [1, 3, E].map((groups) => ({
    shapes: { x: [E, E, E], ...normVectors },
    draw: normDraws,
    attrs: { groups },
  })),
  "layer-norm": [{ shapes: { x: [E * E, E], ...normVectors }, draw: normDraws }],
  "avg-pool2d": [{ shapes: { x: [E, E, E, 1] }, draw: { x: edge(1, askew), dy: edge(1, askew) } }],
  "upsample-nearest": [{ shapes: { x: [E, E, E, 1] }, draw: { x: edge(1, askew), dy: edge(1, askew) } }],
  gate: [
    {
      shapes: { x: [E ** 3, 2], condition: [E ** 3, 2] },
      draw: { x: pair, condition: edge(7, askew), dy: edge(E * E) },
    },
  ],
  "lstm-gates": [
    {
      shapes: { x: [E ** 3, 4], u: [E ** 3, 4], c: [E ** 3, 1] },
      draw: { x: edge(1, askew), u: edge(5, askew), c: edge(E), dh: edge(E * E), dcell: edge(7, askew) },
    },
  ],
  "gru-gates": [
    {
      shapes: { x: [E ** 3, 3], u: [E ** 3, 3], h: [E ** 3, 1] },
      draw: { x: edge(1, askew), u: edge(5, askew), h: edge(E), dy: edge(E * E) },
    },
  ],
  "gaussian-ratio": [
    {
      shapes: { z: [E, E ** 3], p: [E, 2 * E ** 3], q: [E, 2 * E ** 3] },
      draw: { z: edge(E * E), p: stats(E ** 3, 1, E), q: stats(E ** 3, 5, 7), dratio: edge(1) },
    },
  ],
  embedding: [
    { shapes: { w: [3, E], indices: [E * E] }, draw: { w: edge(1), indices: (_, i) => i % 4, dy: edge(1, askew) } },
  ],
  // One code: its index is sure.
  "vector-quantize": [
    {
      shapes: { x: [E ** 3, 2], codes: [1, 2] },
      draw: { x: pair, codes: (_, i) => [LARGEST, 1e-40][i], dq: edge(1), dcommit: edge(5), dcodebook: edge(7) },
    },
  ],
  "code-sums": [
    {
      shapes: { x: [E * E, E], indices: [E * E] },
      draw: { x: edge(1, askew), indices: (_, i) => i % 5 },
      attrs: { codes: 5 },
    },
  ],
  "code-ema": [true, false].map((hold) => ({
    shapes: { counts: [E * E], sums: [E * E, E], n: [E * E], m: [E * E, E], codes: [E * E, E] },
    draw: {
      counts: (_, i) => i % 3,
      sums: edge(1),
      n: (r, i) => Math.abs(edge(E)(r, i)),
      m: edge(1, askew),
      codes: edge(1),
    },
    attrs: { hold, eps: 0 },
  })),
  perplexity: [{ shapes: { counts: [E] }, draw: { counts: (r, i) => Math.abs(edge(1)(r, i)) } }],
  normalize: [
    { shapes: { x: [E * E, E] }, draw: { x: edge(1, askew), dy: edge(5, askew) } },
    { shapes: { x: [E * E, 1] }, draw: { x: edge(1), dy: edge(E) } },
  ],
  "rotate-to": [
    { shapes: { x: [E ** 3, 1], q: [E ** 3, 1] }, draw: { x: edge(1), q: edge(E), dy: edge(E * E) } },
    { shapes: { x: [E * E, E], q: [E * E, E] }, draw: { x: edge(1, askew), q: edge(5, askew), dy: edge(7, askew) } },
  ],
  fsq: [{ shapes: { z: [E * E, 3] }, draw: { z: edge(1), dq: edge(E) }, attrs: fsqLevels([8, 5, 2]) }],
  // Whether what is below the smallest normal is above 0 is the adapter's to say.
  lfq: [
    {
      shapes: { z: [E ** 3, 2] },
      draw: {
        z: (r, i) => (Math.abs(pair(r, i)) < 1.2e-38 ? 0 : pair(r, i)),
        dq: edge(1),
        dcommit: edge(5),
        dentropy: edge(7),
      },
    },
  ],
  total: EDGES.map((weight) => ({
    shapes: { term0: [E], term1: [E], term2: [E], term3: [E], ring: [2, 8] },
    draw: { term0: edge(1), term1: () => LARGEST, term2: () => -LARGEST, term3: edge(1) },
    step: { weight0: weight, weight1: LARGEST, weight2: 1, weight3: -weight },
  })),
};

/** Inputs whose NaN must show in the result of its row. */
export const rowsOf: Readonly<Record<string, readonly string[]>> = {
  "bce-logits": ["x", "t"],
  bce: ["x", "t"],
  mse: ["x", "t"],
  l1: ["x", "t"],
  "smooth-l1": ["x", "t"],
  "gaussian-nll": ["x", "logVar", "t"],
  reparameterize: ["stats"],
  "kl-class-mean": ["stats", "table"],
  "kl-gaussians": ["p", "q"],
  "cross-entropy": ["x"],
  "prior-ratio": ["stats", "z"],
  "vector-quantize": ["x"],
};
