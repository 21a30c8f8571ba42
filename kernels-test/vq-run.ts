import type { QuantizerConfig } from "../src/layers/quantizers/config.js";
import type { ModelConfig } from "../src/models/config.js";
import type { RunConfig } from "../src/train/config.js";
import { checkConfig } from "../src/train/config.js";

/** A VQ-VAE that every adapter takes no time for: [3, 8, 12] to codes of 2 x 3. */
export const smallVq = {
  kind: "vq-vae",
  inputShape: [3, 8, 12],
  channels: [4, 6],
  residualChannels: 3,
  quantizer: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4 },
  reconstructionLoss: "mse",
  outputs: "linear",
} as const;

/** A run of such a model over `bars`. */
export const vqRun = (
  model: Readonly<Record<string, unknown>> | Partial<ModelConfig> = {},
  more: Partial<RunConfig> = {},
): RunConfig =>
  checkConfig({
    model: { ...smallVq, ...model },
    data: "bars",
    batch: 8,
    epochs: 1,
    seed: 0,
    optimizer: { kind: "adam", lr: 5e-3 },
    reduction: "elementMean",
    ...more,
  });

/** Each kind of quantizer by its name, small. */
export const quantizers: Readonly<Record<string, QuantizerConfig>> = {
  gradient: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4 },
  ema: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, useEma: true },
  cosine: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, cosine: true },
  "cosine ema": { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, cosine: true, useEma: true },
  projection: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, projectionDim: 2 },
  "k-means": { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, kmeansInit: true },
  reset: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, deadCodeThreshold: 0.2, decay: 0.9 },
  rotation: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, rotationTrick: true },
  residual: { kind: "codebook", numEmbeddings: 16, embeddingDim: 4, residual: { quantizers: 3 } },
  "residual with dropout": {
    kind: "codebook",
    numEmbeddings: 16,
    embeddingDim: 4,
    useEma: true,
    residual: { quantizers: 3, dropout: 0.5 },
  },
  fsq: { kind: "fsq", levels: [4, 3, 3, 2], embeddingDim: 4 },
  "fsq projected": { kind: "fsq", levels: [5, 4], embeddingDim: 4 },
  lfq: { kind: "lfq", numEmbeddings: 16, embeddingDim: 4 },
};
