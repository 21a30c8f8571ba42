import { nearest } from "../check.js";
import { InputError } from "../errors.js";
import type { ConvConfig, DenseConfig } from "../models/config.js";
import type { VqVae2Config, VqVaeConfig } from "../models/vq-config.js";
import type { RunConfig } from "./config.js";
import { conditionalPresets } from "./presets-conditional.js";
import { penaltyPresets } from "./presets-penalties.js";
import { temporalPresets } from "./presets-td-vae.js";
import { vaePresets } from "./presets-vae.js";

/** A ready configuration and where it comes from. */
export interface Preset<Config = RunConfig> {
  readonly name: string;
  readonly source: string;
  readonly config: Config;
}

/** Images of the tutorials: MNIST, Fashion-MNIST, and our glyphs. */
const inputShape = [1, 28, 28] as const;
const adam = (lr: number) => ({ kind: "adam", lr }) as const;

const ae = (hiddenDims: readonly number[], latentDim: number, more: Partial<DenseConfig> = {}): DenseConfig => ({
  kind: "ae",
  inputShape,
  hiddenDims,
  latentDim,
  reconstructionLoss: "mse",
  ...more,
});

const vae = (hiddenDims: readonly number[], latentDim: number, more: Partial<DenseConfig> = {}): DenseConfig => ({
  kind: "vae",
  inputShape,
  hiddenDims,
  latentDim,
  reconstructionLoss: "bce",
  ...more,
});

const convVae = (shape: readonly number[], channels: readonly number[], latentDim: number): ConvConfig => ({
  kind: "vae",
  inputShape: shape,
  channels,
  strides: channels.map(() => 2),
  latentDim,
  reconstructionLoss: "bce",
});

/** mse_x + mse_e + 0.25 mse_z over linear outputs, as the tutorial has it. */
const vq = (more: Pick<VqVaeConfig, "inputShape" | "channels" | "quantizer"> & Partial<VqVaeConfig>): VqVaeConfig => ({
  kind: "vq-vae",
  reconstructionLoss: "mse",
  outputs: "linear",
  ...more,
});

const vq2 = (side: number): VqVae2Config => ({
  kind: "vq-vae-2",
  inputShape: [3, side, side],
  channels: [64, 128],
  convs: 1,
  residualBlocks: 2,
  residualChannels: 32,
  quantizer: { kind: "codebook", numEmbeddings: 512, embeddingDim: 64, useEma: true },
  reconstructionLoss: "mse",
  outputs: "linear",
});

const base = { data: "builtin:glyphs", epochs: 10, seed: 0, batch: 128, optimizer: adam(1e-3) } as const;
const scenes = { ...base, data: "builtin:scenes", batch: 32, reduction: "batchMean" } as const;
const elementMean = { reduction: "elementMean" } as const;
const stacked = { ...base, model: ae([256, 128], 64, { latentActivation: "relu" }), reduction: "elementMean" } as const;

const list: readonly Preset[] = [
  {
    name: "seed/vae-20",
    source: "Kingma and Welling 2014; PyTorch's vae example: 784-400-20, BCE + KL",
    config: { ...base, model: vae([400], 20), reduction: "sum" },
  },
  {
    name: "seed/vae-fashion-16",
    source: "the Fashion-MNIST tutorial: 784-256-16, BCE + KL, batch 64, Adam 1e-4",
    config: { ...base, batch: 64, optimizer: adam(1e-4), model: vae([256], 16), reduction: "sum" },
  },
  {
    name: "seed/vae-8",
    source: "784-256-8, mu and logVar 8-8, squared error + 3 KL, batch 32",
    config: {
      ...base,
      batch: 32,
      model: vae([256, 8], 8, { decoderDims: [256], reconstructionLoss: "mse" }),
      beta: 3,
      reduction: "sum",
    },
  },
  {
    name: "seed/vae-keras",
    source: "Chollet 2016, Building autoencoders in Keras: 784-256-2, batch-mean BCE + KL, RMSprop, batch 100",
    config: {
      ...base,
      batch: 100,
      optimizer: { kind: "rmsprop", form: "keras", lr: 1e-3 },
      model: vae([256], 2, { init: "keras" }),
      reduction: "batchMean",
    },
  },
  {
    name: "seed/ae-64",
    source: "stacked autoencoder 784-256-128-64, mean squared error",
    config: stacked,
  },
  {
    name: "seed/stacked-64",
    source:
      "Vincent et al. 2010, Stacked denoising autoencoders: seed/ae-64 whose layers are trained one by one first, a quarter of each one's input masked",
    config: { ...stacked, pretrain: { steps: 150, corruption: { kind: "masking", p: 0.25 } } },
  },
  {
    name: "seed/ae-32",
    source: "Chollet 2016, Building autoencoders in Keras: 784-32, BCE, batch 256",
    config: {
      ...base,
      batch: 256,
      model: ae([], 32, { latentActivation: "relu", reconstructionLoss: "bce", init: "keras" }),
      reduction: "elementMean",
    },
  },
  {
    name: "seed/ae-8",
    source: "784-256-8, squared error: seed/vae-8 without the variational part",
    config: { ...base, batch: 32, model: ae([256], 8), reduction: "sum" },
  },
  {
    name: "seed/dae-gaussian",
    source: "Vincent et al. 2008; seed/ae-64 on input + 0.3 N(0, 1), not clipped",
    config: { ...stacked, model: { ...stacked.model, kind: "dae" }, corruption: { kind: "gaussian", sigma: 0.3 } },
  },
  {
    name: "seed/dae-masking",
    source: "Vincent et al. 2008; seed/ae-64 with each pixel to 0 with p = 0.5",
    config: { ...stacked, model: { ...stacked.model, kind: "dae" }, corruption: { kind: "masking", p: 0.5 } },
  },
  {
    name: "conv/vae-28",
    source: "Chollet's convolutional VAE: 32 and 64 channels, 3 x 3 with stride 2, latent 16, BCE + KL",
    config: { ...base, batch: 32, model: convVae([1, 28, 28], [32, 64], 16), reduction: "sum" },
  },
  {
    name: "conv/vae-64",
    source: "Higgins et al. 2017, beta-VAE: four stages of stride 2 on 64 x 64 in colour, latent 32; batch norm",
    config: {
      ...scenes,
      resize: [64, 64],
      model: { ...convVae([3, 64, 64], [32, 64, 128, 128], 32), norm: "batch" },
    },
  },
  {
    name: "conv/vae-128",
    source: "conv/vae-64 with a stage more: 128 x 128 in colour, latent 64",
    config: { ...scenes, model: { ...convVae([3, 128, 128], [32, 64, 128, 128, 128], 64), norm: "batch" } },
  },
  {
    name: "vq-28",
    source: "van den Oord et al. 2017; two halvings to 7 x 7, one residual block, 128 codes of 64, mean squared errors",
    config: {
      ...base,
      ...elementMean,
      model: vq({
        inputShape,
        channels: [32, 64],
        residualChannels: 32,
        quantizer: { kind: "codebook", numEmbeddings: 128, embeddingDim: 64, initBound: 0.05 },
      }),
    },
  },
  {
    name: "seed/vq-vae",
    source: "the VQ-VAE tutorial: 128 x 128 in colour to 32 x 32 latents of 128, 6 residual convolutions, 64 codes",
    config: {
      ...scenes,
      ...elementMean,
      model: vq({
        inputShape: [3, 128, 128],
        channels: [64, 128],
        residualBlocks: 6,
        decoderBlocks: 3,
        latentConvs: false,
        quantizer: { kind: "codebook", numEmbeddings: 64, embeddingDim: 128 },
      }),
    },
  },
  {
    name: "vq/cifar",
    source: "Sonnet's VQ-VAE for CIFAR-10: 128 hidden, 2 residual layers of 32, 512 codes of 64, Adam 3e-4",
    config: {
      ...scenes,
      ...elementMean,
      optimizer: adam(3e-4),
      resize: [32, 32],
      model: vq({
        inputShape: [3, 32, 32],
        channels: [64, 128],
        convs: 1,
        residualBlocks: 2,
        residualChannels: 32,
        // Its initialiser: U(-b, b) with b = sqrt(3 / 64).
        quantizer: {
          kind: "codebook",
          numEmbeddings: 512,
          embeddingDim: 64,
          commitmentCost: 0.25,
          initBound: Math.sqrt(3 / 64),
        },
      }),
    },
  },
  {
    name: "vq-vae-2/64",
    source: "Razavi et al. 2019, VQ-VAE-2: codes of 8 x 8 over 16 x 16, 512 each, EMA, Adam 3e-4",
    config: { ...scenes, ...elementMean, optimizer: adam(3e-4), resize: [64, 64], model: vq2(64) },
  },
  {
    name: "vq-vae-2/256",
    source: "the same on 256 x 256, the paper's size: codes of 32 x 32 over 64 x 64",
    config: { ...scenes, ...elementMean, batch: 16, optimizer: adam(3e-4), resize: [256, 256], model: vq2(256) },
  },
];

/** Every ready configuration; the first is the default. */
export const presets: readonly Preset[] = [
  ...list,
  ...penaltyPresets,
  ...vaePresets,
  ...conditionalPresets,
  ...temporalPresets,
].map((p) => ({ ...p, config: { preset: p.name, ...p.config } }));

/** A preset's configuration. @throws InputError with the nearest name, of `others` too */
export function presetConfig(name: string, others: readonly string[] = []): RunConfig {
  const found = presets.find((p) => p.name === name);
  if (found) return found.config;
  const names = [...presets.map((p) => p.name), ...others];
  throw new InputError(
    `There is no preset "${name}"; did you mean "${nearest(name, names)}"? "latentgpu presets" lists them all.`,
  );
}
