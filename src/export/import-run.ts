import { InputError } from "../errors.js";
import { readSafetensors, type SafeTensor, writeSafetensors } from "../formats/safetensors.js";
import { createModel } from "../models/index.js";
import type { Learner } from "../models/model.js";
import { PixelCnn } from "../models/pixelcnn.js";
import { isPrior, type PriorRunConfig, type RunConfig } from "../train/config.js";
import { createOptimizer } from "../train/optimizer.js";
import { decodeModel, encodeRun, type RunFiles } from "../train/run-files.js";

/** What DistributedDataParallel and Lightning put before every name. */
const wrappers = ["module.", "model.", "_orig_mod."];

/** A run from a PyTorch state dict (safetensors) of the same architecture: it samples at once and trains on from step 0.
 * Names may all stand behind "module.", "model." or "_orig_mod.".
 * @throws InputError that lists every missing, unexpected and misshapen tensor */
export function importRun(config: RunConfig | PriorRunConfig, bytes: Uint8Array, where: string): RunFiles {
  const own = withoutKmeans(config);
  const model: Learner = isPrior(own) ? new PixelCnn(own.model) : createModel(own.model);
  const { weight, statistics } = decodeModel(model, unwrapped(bytes, where), where);
  const arenas = new Map([["weight", weight]]);
  const optimizer = createOptimizer(own.optimizer);
  for (const [name, initial] of Object.entries(optimizer.initial))
    arenas.set(name, new Float32Array(weight.length).fill(initial));
  if (statistics.length > 0) arenas.set("statistics", statistics);
  return encodeRun(own, model, { step: 0, seed: own.seed, epochSums: {}, arenas });
}

/** k-means would put other codes in the place of those that were imported. */
function withoutKmeans(config: RunConfig | PriorRunConfig): RunConfig | PriorRunConfig {
  if (isPrior(config) || !("quantizer" in config.model) || config.model.quantizer.kind !== "codebook") return config;
  const { kmeansInit: _, ...quantizer } = config.model.quantizer;
  return { ...config, model: { ...config.model, quantizer } };
}

function unwrapped(bytes: Uint8Array, where: string): Uint8Array {
  const { tensors } = readSafetensors(bytes, where);
  if (tensors.size === 0) throw new InputError(`${where} holds no tensors; export the state dict of the model.`);
  const names = [...tensors.keys()];
  const wrapper = wrappers.find((prefix) => names.every((name) => name.startsWith(prefix)));
  if (!wrapper) return bytes;
  return writeSafetensors(
    new Map([...tensors].map(([name, tensor]): [string, SafeTensor] => [name.slice(wrapper.length), tensor])),
  );
}
