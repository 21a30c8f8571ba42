import { InputError } from "../errors.js";
import { readSafetensors, type SafeTensor, writeSafetensors } from "../formats/safetensors.js";
import { createLearner } from "../models/learner.js";
import type { Learner } from "../models/model.js";
import { fromTorch, type TorchTensor } from "../models/torch-layout.js";
import type { AnyRunConfig } from "../train/config.js";
import { createOptimizer } from "../train/optimizer.js";
import { decodeModel, encodeRun, type RunFiles } from "../train/run-files.js";
import { adamMoments } from "./torch-folder.js";

/** What DistributedDataParallel and Lightning put before every name. */
const wrappers = ["module.", "model.", "_orig_mod."];

/** A file of a PyTorch side, and how errors call it. */
export interface TorchFile {
  readonly bytes: Uint8Array;
  readonly where: string;
}

/** A run from a PyTorch state dict (safetensors) of the same architecture: it samples at once and trains on, from step 0, or
 * with Adam's moments as train_ddp.py leaves them from the step that they tell. Names may all stand behind "module.", "model." or
 * "_orig_mod.".
 * @throws InputError that lists every missing, unexpected and misshapen tensor */
export function importRun(config: AnyRunConfig, { bytes, where }: TorchFile, adam?: TorchFile): RunFiles {
  const own = withoutKmeans(config);
  const model = createLearner(own.model);
  const { weight, statistics } = decodeModel(model, unwrapped(bytes, where), where);
  const arenas = new Map([["weight", weight]]);
  const optimizer = createOptimizer(own.optimizer);
  for (const [name, initial] of Object.entries(optimizer.initial))
    arenas.set(name, new Float32Array(weight.length).fill(initial));
  const step = adam ? readMoments(model, optimizer.arenas, adam, arenas) : 0;
  if (statistics.length > 0) arenas.set("statistics", statistics);
  return encodeRun(own, model, { step, seed: own.seed, epochSums: {}, arenas });
}

/** Fills the moments' arenas. @returns the steps done */
function readMoments(
  { parameters }: Learner,
  names: readonly string[],
  { bytes, where }: TorchFile,
  arenas: Map<string, Float32Array>,
): number {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const step = Number(metadata.get("step") ?? Number.NaN);
  if (!Number.isSafeInteger(step) || step < 0)
    throw new InputError(`${where} does not tell its step; take the one that train_ddp.py wrote, or leave it out.`);
  if (step === 0) return 0;
  names.forEach((arena, i) => {
    const end = `.${adamMoments[i]}`;
    const own = new Map<string, TorchTensor>();
    for (const [name, { shape, data }] of tensors)
      if (name.endsWith(end) && data instanceof Float32Array) own.set(name.slice(0, -end.length), { shape, data });
    arenas.set(arena, fromTorch(parameters, own, `${where} (${adamMoments[i]})`).weight);
  });
  return step;
}

/** k-means would put other codes in the place of those that were imported. */
function withoutKmeans(config: AnyRunConfig): AnyRunConfig {
  if (!("quantizer" in config.model) || config.model.quantizer.kind !== "codebook") return config;
  const { kmeansInit: _, ...quantizer } = config.model.quantizer;
  return { ...config, model: { ...config.model, quantizer } } as AnyRunConfig;
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
