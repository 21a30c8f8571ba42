import type { PixelCnnConfig } from "../models/pixelcnn-config.js";
import { classifierPresets } from "./classifier-presets.js";
import type { AnyRunConfig, PriorRunConfig } from "./config.js";
import { type Preset, presetConfig } from "./presets.js";

/** Shapes and numbers of codes are those of `vq-28` until the codes are known; train takes over the codes' own. */
const model: PixelCnnConfig = {
  kind: "pixelcnn",
  shape: [7, 7],
  numEmbeddings: 128,
  channels: 64,
  layers: 6,
  firstKernel: 5,
};

const base = {
  data: "runs/vq-28",
  batch: 64,
  epochs: 10,
  seed: 0,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "elementMean",
} as const;

const list: readonly Preset<PriorRunConfig>[] = [
  {
    name: "pixelcnn",
    source: "van den Oord et al. 2016: gated PixelCNN over the codes of a VQ-VAE, or of the top level of a VQ-VAE-2",
    config: { ...base, model },
  },
  {
    name: "pixelcnn-bottom",
    source: "Razavi et al. 2019: the same over the bottom codes of a VQ-VAE-2, given the top codes",
    config: {
      ...base,
      data: "runs/vq-vae-2",
      batch: 16,
      model: { ...model, shape: [32, 32], numEmbeddings: 512, top: { shape: [16, 16], numEmbeddings: 512 } },
    },
  },
];

/** Every ready configuration of a prior. */
export const priorPresets: readonly Preset<PriorRunConfig>[] = list.map((p) => ({
  ...p,
  config: { preset: p.name, ...p.config },
}));

/** A preset's configuration, of whatever kind. @throws InputError with the nearest name */
export function anyPresetConfig(name: string): AnyRunConfig {
  const others: readonly Preset<AnyRunConfig>[] = [...priorPresets, ...classifierPresets];
  return (
    others.find((p) => p.name === name)?.config ??
    presetConfig(
      name,
      others.map((p) => p.name),
    )
  );
}
