import type { Preset } from "./presets.js";

/** Models of sequences. */
export const temporalPresets: readonly Preset[] = [
  {
    name: "td-vae",
    source: "Gregor et al. 2019, TD-VAE: moving digits, 20 frames, jumps of 1 to 5; LSTM belief, gated blocks, BCE",
    config: {
      data: "builtin:moving-glyphs",
      epochs: 16,
      seed: 0,
      batch: 16,
      optimizer: { kind: "adam", lr: 2e-3 },
      lrSchedule: { kind: "cosine", max: 2e-3, min: 2e-4, warmup: 50, steps: 4000 },
      clipNorm: 100,
      reduction: "batchMean",
      model: {
        kind: "td-vae",
        inputShape: [1, 560, 28],
        frames: 20,
        featureDims: [100],
        beliefDim: 64,
        latentDim: 16,
        hiddenDim: 64,
        decoderDims: [128, 128],
        maxJump: 5,
        pairs: 8,
        overshoot: 1,
        reconstructionLoss: "bce",
      },
    },
  },
];
