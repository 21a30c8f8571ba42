import type { DenseConfig } from "../models/config.js";
import type { Preset } from "./presets.js";

const vae = (hiddenDims: readonly number[], latentDim: number, more: Partial<DenseConfig> = {}): DenseConfig => ({
  kind: "vae",
  inputShape: [1, 28, 28],
  hiddenDims,
  latentDim,
  reconstructionLoss: "bce",
  ...more,
});
const digits = {
  data: "builtin:glyphs",
  epochs: 10,
  seed: 0,
  batch: 128,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "sum",
} as const;
/** The five factors that disentanglement is measured by, on a quarter of dSprites' pixels. */
const sprites = {
  ...digits,
  data: "builtin:sprites",
  resize: [32, 32],
  epochs: 60,
  reduction: "batchMean",
  model: vae([512, 256], 10, { inputShape: [1, 32, 32] }),
} as const;

/** VAEs whose KL counts in another way than once. Steps are those of 10,000 rows: 79 an epoch. */
export const vaePresets: readonly Preset[] = [
  {
    name: "seed/beta-vae",
    source: "Higgins et al. 2017, beta-VAE: beta 4 on sprites of 32 x 32, dense 1024-512-256-10",
    config: { ...sprites, beta: 4 },
  },
  {
    name: "seed/beta-capacity",
    source: "Burgess et al. 2018, Understanding disentangling in beta-VAE: capacity from 0 to 25 nats, gamma 100",
    config: { ...sprites, capacity: { max: 25, warmupSteps: 4000, gamma: 100 } },
  },
  {
    name: "seed/beta-tcvae",
    source: "Chen et al. 2018, Isolating sources of disentanglement: total correlation times 6, minibatch weights",
    config: { ...sprites, beta: 6, decomposition: {} },
  },
  {
    name: "seed/vae-free-bits",
    source: "Kingma et al. 2016, IAF: seed/vae-20 with 0.25 nats a dimension for nothing",
    config: { ...digits, model: vae([400], 20), freeBits: 0.25 },
  },
  {
    name: "seed/vae-linear",
    source: "seed/vae-20 whose KL's weight rises from 0 to 1 over 400 steps",
    config: { ...digits, model: vae([400], 20), klSchedule: { kind: "linear", to: 1, steps: 400 } },
  },
  {
    name: "seed/vae-sigmoid",
    source: "Bowman et al. 2016, Generating sentences: seed/vae-20, the KL's weight along a logistic curve",
    config: { ...digits, model: vae([400], 20), klSchedule: { kind: "sigmoid", max: 1, middle: 300, width: 60 } },
  },
  {
    name: "seed/vae-cyclical",
    source: "Fu et al. 2019, Cyclical annealing: seed/vae-20, the KL's weight up from 0 four times over 600 steps",
    config: { ...digits, model: vae([400], 20), klSchedule: { kind: "cyclical", max: 1, steps: 600, cycles: 4 } },
  },
  {
    name: "seed/sigma-vae",
    source: "Rybkin et al. 2021, Calibrated decoders: seed/vae-20 with a Gaussian whose one variance is learnt",
    config: { ...digits, model: vae([400], 20, { reconstructionLoss: "gaussian" }) },
  },
  {
    name: "seed/iwae",
    source: "Burda et al. 2016, Importance weighted autoencoders: 784-200-200-50, tanh, 5 draws an image",
    config: { ...digits, model: vae([200, 200], 50, { activation: "tanh" }), importanceSamples: 5 },
  },
];
