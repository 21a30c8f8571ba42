import { InputError } from "../errors.js";
import type { SafeTensor } from "../formats/safetensors.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";
import type { Learner } from "../models/model.js";
import { type Arenas, fromTorch, toTorch } from "../models/torch-layout.js";
import { type AnyRunConfig, checkRun } from "./config.js";
import { decodeState, encodeState, type TrainState } from "./state.js";

/** A run as files: the same bytes in a folder of Node's and in a page. */
export interface RunFiles {
  /** The config: complete and sufficient to rebuild the run. */
  readonly "config.json": Uint8Array;
  /** Weights by PyTorch's names and in its layouts. */
  readonly "model.safetensors": Uint8Array;
  /** What training goes on from. */
  readonly "state.safetensors": Uint8Array;
}

/** A run that was read from its files. */
export interface SavedRun {
  readonly config: AnyRunConfig;
  /** What training goes on from; not every run that is handed on has it. */
  readonly state: TrainState | undefined;
  /** Its weights for the model of its config. @throws InputError where they do not fit */
  arenas(model: Learner): Arenas;
}

/** The text of config.json. */
export const configText = (config: AnyRunConfig): string => `${JSON.stringify(config, null, 2)}\n`;

/** A run's files at a state of it. */
export function encodeRun(config: AnyRunConfig, model: Learner, state: TrainState): RunFiles {
  return {
    "config.json": new TextEncoder().encode(configText(config)),
    "model.safetensors": encodeModel(model, state),
    "state.safetensors": encodeState(state),
  };
}

/** A run from its files. @throws InputError naming the file and what is wrong with it */
export function decodeRun(files: Partial<RunFiles>): SavedRun {
  const { "config.json": config, "model.safetensors": weights, "state.safetensors": state } = files;
  if (!config || !weights)
    throw new InputError(
      `A run has a config.json and a model.safetensors, and the ${config ? "second" : "first"} is missing; choose both.`,
    );
  return {
    config: parseConfig(config),
    state: state && decodeState(state, "state.safetensors"),
    arenas: (model) => decodeModel(model, weights, "model.safetensors"),
  };
}

function parseConfig(bytes: Uint8Array): AnyRunConfig {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new InputError("config.json is not JSON; choose the one that train wrote.");
  }
  try {
    return checkRun(value);
  } catch (error) {
    throw new InputError(`config.json: ${(error as Error).message}`);
  }
}

/** The bytes of model.safetensors. */
export function encodeModel(model: Learner, state: TrainState): Uint8Array {
  const tensors = new Map<string, SafeTensor>();
  const arena = state.arenas.get("weight") as Float32Array;
  for (const [name, { shape, data }] of toTorch(model.parameters, arena, state.arenas.get("statistics")))
    tensors.set(name, { dtype: "F32", shape: [...shape], data: data as Float32Array<ArrayBuffer> });
  for (const name of model.parameters.counters)
    tensors.set(name, { dtype: "I64", shape: [], data: BigInt64Array.of(BigInt(state.step)) });
  return writeSafetensors(tensors, new Map([["step", String(state.step)]]));
}

/** What a model.safetensors holds, for its model. @throws InputError where it is damaged or does not fit */
export function decodeModel(model: Learner, bytes: Uint8Array, where: string): Arenas {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { dtype, shape, data }] of readSafetensors(bytes, where).tensors) {
    if (model.parameters.counters.includes(name)) continue;
    if (!(data instanceof Float32Array))
      throw new InputError(`${where}: ${name} is ${dtype} and weights are F32; save it as float32.`);
    tensors.set(name, { shape, data });
  }
  return fromTorch(model.parameters, tensors, where);
}
