import type { ClassifierConfig } from "../models/classifier-config.js";
import type { ClassifierRunConfig } from "./config.js";
import type { Preset } from "./presets.js";

const model: ClassifierConfig = { kind: "classifier", inputShape: [1, 28, 28], numClasses: 10, hiddenDims: [256] };
const base = {
  data: "builtin:glyphs",
  batch: 128,
  epochs: 5,
  seed: 0,
  optimizer: { kind: "adam", lr: 1e-3 },
  reduction: "batchMean",
} as const;

/** Classifiers that tell whether samples are of the class that was asked for. Image shape and number of classes are those of the
 * digits until the data are known; train takes over the data's own. */
export const classifierPresets: readonly Preset<ClassifierRunConfig>[] = [
  { name: "classifier/mlp", source: "784-256-10, cross-entropy: the judge of conditional samples", model },
  {
    name: "classifier/conv",
    source:
      "LeCun et al. 1998, Gradient-based learning: two 3 x 3 convolutions of stride 2, 16 and 32 channels, 64 hidden",
    model: { ...model, channels: [16, 32], hiddenDims: [64] },
  },
].map(({ name, source, model }) => ({ name, source, config: { preset: name, ...base, model } }));
