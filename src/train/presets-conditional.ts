import type { ConvConfig, DenseConfig } from "../models/config.js";
import type { Preset } from "./presets.js";

const classes = { numClasses: 10 } as const;
const vae: DenseConfig = {
  kind: "vae",
  inputShape: [1, 28, 28],
  hiddenDims: [400],
  latentDim: 20,
  reconstructionLoss: "bce",
  ...classes,
};
const conv: ConvConfig = {
  kind: "vae",
  inputShape: [1, 28, 28],
  channels: [32, 64],
  strides: [2, 2],
  latentDim: 16,
  reconstructionLoss: "bce",
  condition: "concat",
  ...classes,
};
const base = {
  data: "builtin:glyphs",
  epochs: 10,
  seed: 0,
  batch: 128,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "sum",
} as const;

/** VAEs that are told the class of each image, in three ways. */
export const conditionalPresets: readonly Preset[] = [
  {
    name: "seed/cvae-prior-mean",
    source: "the Keras tutorial's conditional VAE: seed/vae-20 with a learnt mean of the prior for each class",
    config: { ...base, model: { ...vae, condition: "priorMean" } },
  },
  {
    name: "seed/cvae-8",
    source: "seed/vae-8 with relu(Linear(one-hot class)) added to the latent that the decoder is given",
    config: {
      ...base,
      batch: 32,
      model: {
        ...vae,
        hiddenDims: [256, 8],
        latentDim: 8,
        decoderDims: [256],
        reconstructionLoss: "mse",
        condition: "add",
      },
      beta: 3,
    },
  },
  {
    name: "seed/cvae-concat",
    source: "Sohn et al. 2015, conditional VAE: seed/vae-20 with the class beside what encoder and decoder are given",
    config: { ...base, model: { ...vae, condition: "concat" } },
  },
  {
    name: "conv/cvae-28",
    source: "conv/vae-28 with the class beside the last features and the latent",
    config: { ...base, batch: 32, model: conv },
  },
];
