import type { DenseConfig } from "../models/config.js";
import type { Preset } from "./presets.js";

/** One hidden layer, as the papers of these penalties have it. */
const shallow: DenseConfig = {
  kind: "ae",
  inputShape: [1, 28, 28],
  hiddenDims: [],
  latentDim: 256,
  latentActivation: "sigmoid",
  reconstructionLoss: "mse",
};
const deep: DenseConfig = {
  kind: "dae",
  inputShape: [1, 28, 28],
  hiddenDims: [256, 128],
  latentDim: 64,
  latentActivation: "relu",
  reconstructionLoss: "mse",
};
const base = {
  data: "builtin:glyphs",
  epochs: 10,
  seed: 0,
  batch: 128,
  optimizer: { kind: "adam", lr: 1e-3 },
} as const;

/** Autoencoders whose code or Jacobian is held down, and what is left of the denoising ones. */
export const penaltyPresets: readonly Preset[] = [
  {
    name: "seed/sparse-kl",
    source: "Ng 2011, Sparse autoencoder: 784-256, squared error + 10 sum KL(0.05 || mean activation)",
    config: { ...base, model: { ...shallow, sparsity: { kind: "kl", rho: 0.05, weight: 10 } }, reduction: "batchMean" },
  },
  {
    name: "seed/sparse-l1",
    source: "784-256 with rectified codes, squared error + 0.1 sum |code|",
    config: {
      ...base,
      model: { ...shallow, latentActivation: "relu", sparsity: { kind: "l1", weight: 0.1 } },
      reduction: "batchMean",
    },
  },
  {
    name: "seed/k-sparse",
    source: "Makhzani and Frey 2014, k-sparse autoencoders: 784-256, linear code, the 25 largest units kept",
    config: {
      ...base,
      model: { ...shallow, latentActivation: "none", sparsity: { kind: "topk", k: 25 } },
      reduction: "batchMean",
    },
  },
  {
    name: "seed/contractive",
    source: "Rifai et al. 2011, Contractive auto-encoders: 784-256, squared error + 0.05 ||dcode/dx||^2, exact",
    config: { ...base, model: { ...shallow, contractive: { weight: 0.05 } }, reduction: "batchMean" },
  },
  {
    name: "seed/contractive-deep",
    source: "the same for 784-256-128-64, by one random projection a step",
    config: {
      ...base,
      model: {
        ...shallow,
        hiddenDims: [256, 128],
        latentDim: 64,
        activation: "silu",
        contractive: { weight: 0.1, projections: 1 },
      },
      reduction: "batchMean",
    },
  },
  {
    name: "seed/dae-salt-pepper",
    source: "Vincent et al. 2010; seed/ae-64 with each pixel to 0 or 1 with p = 0.25",
    config: { ...base, model: deep, reduction: "elementMean", corruption: { kind: "saltPepper", p: 0.25 } },
  },
  {
    name: "seed/masked-patches",
    source:
      "He et al. 2022, Masked autoencoders: half of the 7 x 7 patches hidden, error in these alone; dense 784-512-256",
    config: {
      ...base,
      model: { ...deep, hiddenDims: [512], latentDim: 256 },
      reduction: "elementMean",
      corruption: { kind: "patch", size: 7, ratio: 0.5, hiddenOnly: true },
    },
  },
];
