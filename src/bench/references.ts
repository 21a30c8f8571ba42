import { activations } from "../ops/activation.js";
import { corruptions } from "../ops/corrupt.js";
import { fsqLevels } from "../ops/fsq.js";
import type { Attrs, Shape } from "../ops/op.js";
import { RING_LINES, RING_WIDTH } from "../ops/total.js";

/** What the bench runs an op on. */
export interface Reference {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly attrs?: Attrs;
}

/** A reference shape for every op, by name: 1 M elements where arithmetic is not what counts. On a GPU `scale` enlarges the
 * batch until the adapter is full. */
export function references(scale: number): Readonly<Record<string, Reference>> {
  const B = 256 * scale;
  const wide: Shape = [B, 4096];
  const images: Shape = [8 * scale, 32, 32, 64];
  const unary: Reference = { shapes: { x: wide } };
  const binary: Reference = { shapes: { a: wide, b: wide } };
  const loss: Reference = { shapes: { x: wide, t: wide } };
  const weights: Shape = [2 ** 20 * scale];
  const stats: Shape = [B, 512];
  const same = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
  const convolution: Reference = { shapes: { x: images, w: [3, 3, 64, 64], bias: [64] }, attrs: same };
  const channels = { w: [64], bias: [64] };
  const batch = { batch: B };
  return {
    "batch-norm": { shapes: { x: images, ...channels, runningMean: [64], runningVar: [64] } },
    "batch-norm-eval": { shapes: { x: images, ...channels, mean: [64], variance: [64] } },
    "group-norm": { shapes: { x: images, ...channels }, attrs: { groups: 8 } },
    "layer-norm": { shapes: { x: images, ...channels } },
    "max-pool2d": { shapes: { x: images } },
    "avg-pool2d": { shapes: { x: images } },
    "upsample-nearest": { shapes: { x: images } },
    embedding: { shapes: { w: [512, 256], indices: [16 * B] } },
    "one-hot": { shapes: { indices: [16 * B] }, attrs: { classes: 256 } },
    linear: { shapes: { x: [128 * scale, 784], w: [784, 512], bias: [512] } },
    conv2d: convolution,
    "conv-transpose2d": convolution,
    "vector-quantize": { shapes: { x: [1024 * scale, 64], codes: [512, 64] } },
    "code-sums": { shapes: { x: [1024 * scale, 64], indices: [1024 * scale] }, attrs: { codes: 512 } },
    "code-ema": { shapes: { counts: [512], sums: [512, 64], n: [512], m: [512, 64], codes: [512, 64] } },
    "code-usage": { shapes: { counts: [512], usage: [512] } },
    perplexity: { shapes: { counts: [512] } },
    "code-reset": {
      shapes: { x: [1024 * scale, 64], n: [512], m: [512, 64], codes: [512, 64] },
      attrs: { threshold: 1 },
    },
    normalize: { shapes: { x: [16 * B, 256] } },
    "rotate-to": { shapes: { x: [16 * B, 256], q: [16 * B, 256] } },
    fsq: { shapes: { z: [B * 256, 4] }, attrs: fsqLevels([8, 5, 5, 5]) },
    "fsq-codes": { shapes: { indices: [B * 256] }, attrs: fsqLevels([8, 5, 5, 5]) },
    lfq: { shapes: { z: [B * 64, 16] } },
    "lfq-codes": { shapes: { indices: [B * 64] }, attrs: { bits: 16 } },
    activation: { shapes: { x: wide }, attrs: { kind: activations.tanh, slope: 1 } },
    "activation-tangent": { shapes: { x: wide, t: wide }, attrs: { kind: activations.sigmoid, slope: 1 } },
    add: binary,
    mul: binary,
    gate: { shapes: { x: [8 * scale, 32, 32, 128], condition: [8 * scale, 128] } },
    "lstm-gates": { shapes: { x: [4 * B, 1024], u: [4 * B, 1024], c: [4 * B, 256] } },
    "gru-gates": { shapes: { x: [4 * B, 768], u: [4 * B, 768], h: [4 * B, 256] } },
    concat: binary,
    split: { ...unary, attrs: { axis: 1, at: 2048 } },
    scale: { ...unary, attrs: { factor: 2 } },
    slice: { ...unary, attrs: { axis: 1, from: 0, to: 2048 } },
    reduce: { ...unary, attrs: { from: 1, mean: true } },
    softmax: { shapes: { x: [16 * B, 256] } },
    "log-softmax": { shapes: { x: [16 * B, 256] } },
    detach: unary,
    "quantize-dropout": { ...unary, attrs: { quantizers: 4, level: 1, p: 0.5 } },
    dropout: { ...unary, attrs: { p: 0.5 } },
    corrupt: { ...unary, attrs: { kind: corruptions.gaussian, sigma: 0.1 } },
    hidden: { ...unary, attrs: { kind: corruptions.masking, p: 0.5 } },
    noise: { shapes: {}, attrs: { rows: B, width: 4096 } },
    mse: loss,
    l1: loss,
    "smooth-l1": loss,
    bce: loss,
    "bce-logits": loss,
    "gaussian-nll": { shapes: { x: wide, logVar: wide, t: wide } },
    "cross-entropy": { shapes: { x: [16 * B, 256], t: [16 * B] } },
    reparameterize: { shapes: { stats } },
    "kl-gaussians": { shapes: { p: stats, q: stats } },
    "kl-class-mean": { shapes: { stats, table: [10, 256], labels: [B] } },
    "kl-capacity": { shapes: { kl: [B] } },
    "free-bits": { shapes: { stats }, attrs: { free: 0.1 } },
    "total-correlation": { shapes: { stats: [B, 32], z: [B, 16] }, attrs: { rows: 60_000 } },
    "sigma-nll": { shapes: { square: [B], logVar: [1] }, attrs: { elements: 784 } },
    "repeat-rows": { ...unary, attrs: { times: 5 } },
    "prior-ratio": { shapes: { stats, z: [B, 256] } },
    "gaussian-ratio": { shapes: { z: [B, 256], p: stats, q: stats } },
    importance: { shapes: { recon: [50 * B], ratio: [50 * B] }, attrs: { draws: 50 } },
    "sparse-kl": { shapes: { h: wide }, attrs: { rho: 0.05 } },
    "top-k": { shapes: { x: [16 * B, 256] }, attrs: { k: 25 } },
    total: { shapes: { term0: [B], term1: [B], ring: [RING_LINES, RING_WIDTH] } },
    "clip-norm": { shapes: { dw: weights }, attrs: { maxNorm: 1 } },
    finite: { shapes: { x: weights, found: [1] }, attrs: { slot: 0 } },
    "gradient-norm": { shapes: { dw: weights } },
    "latent-health": { shapes: { stats } },
    adam: {
      shapes: { w: weights, dw: weights, m: weights, v: weights, vmax: [1] },
      attrs: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    },
    adamw: {
      shapes: { w: weights, dw: weights, m: weights, v: weights, vmax: [1] },
      attrs: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 },
    },
    sgd: {
      shapes: { w: weights, dw: weights, m: weights },
      attrs: { momentum: 0.9, nesterov: false, weightDecay: 0 },
    },
    rmsprop: {
      shapes: { w: weights, dw: weights, v: weights, m: [1], mean: [1] },
      attrs: { alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0, form: 0 },
    },
    adagrad: { shapes: { w: weights, dw: weights, v: weights }, attrs: { eps: 1e-10, weightDecay: 0 } },
    gather: { shapes: { data: [2 * B, 4096] }, attrs: batch },
    gatherFloat: { shapes: { data: [2 * B, 4096] }, attrs: batch },
    gatherIntegers: { shapes: { data: [2 * B, 1024] }, attrs: batch },
    convRow: { shapes: { x: [B, 2, 32, 64], w: [3, 3, 64, 128], bias: [128] }, attrs: { rows: 2, top: 1 } },
    putRow: { shapes: { x: [B, 32, 64], ring: [B, 2, 32, 64] } },
    putCode: { shapes: { w: [512, 64], codes: [B, 1024], ring: [B, 2, 32, 64] } },
    gatedPixel: {
      shapes: { x: [B, 1, 32, 64], w: [1, 3, 64, 128], bias: [128], side: [B, 32, 128], condition: [B, 128] },
      attrs: { columns: 2, left: 1 },
    },
    densePixel: { shapes: { x: [B, 64], w: [64, 64], bias: [64], addend: [B, 32, 64], y: [B, 32, 64] } },
    drawCode: { shapes: { x: [B, 512], codes: [B, 1024] } },
    "draw-jumps": { shapes: {}, attrs: { batch: 16 * B, pairs: 16, frames: 20, longest: 5 } },
    philox: { shapes: { counter: [2 ** 18 * scale, 4], key: [2 ** 18 * scale, 2] } },
    tiles: { shapes: { x: [scale * 64, 128, 128, 3] }, attrs: { columns: 8 } },
    "code-colours": { shapes: { indices: [16 * B, 64] } },
    "put-points": { shapes: { z: [256 * B, 16], map: [256 * B, 2] } },
    scatter: { shapes: { map: [256 * B, 2], labels: [256 * B], marks: [640, 640] }, attrs: { range: 4 } },
  };
}
