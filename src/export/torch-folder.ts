import { InputError } from "../errors.js";
import { type SafeTensor, writeSafetensors } from "../formats/safetensors.js";
import type { Learner } from "../models/model.js";
import { toTorch } from "../models/torch-layout.js";
import type { AnyRunConfig } from "../train/config.js";
import { klKeys } from "../train/objective.js";
import { configText, encodeModel } from "../train/run-files.js";
import type { TrainState } from "../train/state.js";
import draws from "./torch/draws.py";
import model from "./torch/model.py";
import train from "./torch/train_ddp.py";

/** Names of Adam's moments in PyTorch, in the order of our arenas. */
export const adamMoments = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] as const;

/** A run as a folder that PyTorch trains on, on any number of processes: model.py (the model, readable), train_ddp.py (torchrun), draws.py
 * (our order and noise), the weights, and Adam's moments by PyTorch's names.
 * @throws InputError naming the setting that the PyTorch side does not know */
export function torchFolder(config: AnyRunConfig, own: Learner, state: TrainState): ReadonlyMap<string, Uint8Array> {
  assertKnown(config);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  return new Map([
    ["model.py", text(model)],
    ["draws.py", text(draws)],
    ["train_ddp.py", text(train)],
    ["config.json", text(configText(config))],
    ["model.safetensors", encodeModel(own, state)],
    ["optimizer.safetensors", encodeMoments(own, state)],
  ]);
}

/** `NAME.exp_avg` and so on for every parameter, the step in the metadata. */
function encodeMoments({ parameters }: Learner, { arenas, step }: TrainState): Uint8Array {
  const tensors = new Map<string, SafeTensor>();
  adamMoments.forEach((moment, i) => {
    const arena = arenas.get(`moment${i + 1}`);
    if (!arena) return;
    for (const [name, { shape, data }] of toTorch(parameters, arena))
      tensors.set(`${name}.${moment}`, { dtype: "F32", shape: [...shape], data: data as Float32Array<ArrayBuffer> });
  });
  return writeSafetensors(tensors, new Map([["step", String(step)]]));
}

/** Refuses what model.py and train_ddp.py have no line for. */
function assertKnown(config: AnyRunConfig): void {
  const { model: own, optimizer } = config;
  const refuse = (what: string): never => {
    throw new InputError(`${what} has no form in the exported PyTorch code; export to safetensors or onnx instead.`);
  };
  if (!["ae", "vae", "vq-vae"].includes(own.kind)) refuse(`A model of kind "${own.kind}"`);
  if (!["adam", "adamw"].includes(optimizer.kind)) refuse(`The optimizer "${optimizer.kind}"`);
  if ("reconstructionLoss" in own && own.reconstructionLoss === "gaussian")
    refuse('model.reconstructionLoss "gaussian"');
  if ("norm" in own && own.norm === "batch") refuse('model.norm "batch", whose statistics are of the whole batch,');
  const parts = ["condition", "sparsity", "contractive"].filter((key) => key in own);
  if (parts.length > 0) refuse(`model.${parts[0]}`);
  if ("quantizer" in own) {
    if (own.quantizer.kind !== "codebook") refuse(`model.quantizer.kind "${own.quantizer.kind}"`);
    const plain = [
      "kind",
      "numEmbeddings",
      "embeddingDim",
      "commitmentCost",
      "codebookCost",
      "initBound",
      "kmeansInit",
    ];
    const beyond = Object.keys(own.quantizer).find((key) => !plain.includes(key));
    if (beyond) refuse(`model.quantizer.${beyond}`);
  }
  const settings = ["corruption", "lrSchedule", "klSchedule", "clipNorm", "resize", "pretrain"] as const;
  const set = [...settings, ...klKeys(config)].find((key) => config[key] !== undefined);
  if (set) refuse(set);
}
