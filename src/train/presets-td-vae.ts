import type { Preset } from "./presets.js";

/** Models of sequences. */
export const temporalPresets: readonly Preset[] = [
  {
    name: "td-vae",
    source: "Gregor et al. 2019, TD-VAE: moving digits, 20 frames, jumps of 1 to 5; LSTM belief, gated blocks, BCE",
    config: {
      data: "builtin:moving-glyphs",
      epochs: 40,
      seed: 0,
      batch: 32,
      optimizer: { kind: "adam", lr: 1e-3 },
      reduction: "batchMean",
      model: {
        kind: "td-vae",
        inputShape: [1, 560, 28],
        frames: 20,
        featureDims: [128, 128],
        beliefDim: 100,
        latentDim: 16,
        hiddenDim: 128,
        decoderDims: [200, 200],
        maxJump: 5,
        pairs: 8,
        overshoot: 1,
        reconstructionLoss: "bce",
      },
    },
  },
];
