import { InputError } from "../errors.js";
import type { SafeTensor } from "../formats/safetensors.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";

/** What a run goes on from: weights and moments as arenas, the step (which also tells the data cursor and every random draw),
 * the seed, and the sums of the epoch under way. */
export interface TrainState {
  readonly step: number;
  readonly seed: number;
  readonly epochSums: Readonly<Record<string, number>>;
  readonly arenas: ReadonlyMap<string, Float32Array>;
}

/** The bytes of state.safetensors: arenas as F32 vectors, sums as F64 scalars, step and seed in the metadata. */
export function encodeState(state: TrainState): Uint8Array {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, data] of state.arenas)
    tensors.set(`arena.${name}`, { dtype: "F32", shape: [data.length], data: data as Float32Array<ArrayBuffer> });
  for (const [name, value] of Object.entries(state.epochSums))
    tensors.set(`epoch.${name}`, { dtype: "F64", shape: [1], data: Float64Array.of(value) });
  return writeSafetensors(
    tensors,
    new Map([
      ["step", String(state.step)],
      ["seed", String(state.seed)],
    ]),
  );
}

/** @throws InputError where the bytes are not a whole state file */
export function decodeState(bytes: Uint8Array, where: string): TrainState {
  const { metadata, tensors } = readSafetensors(bytes, where);
  const number = (name: string): number => {
    const value = Number(metadata.get(name) ?? Number.NaN);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new InputError(`${where} has no ${name}; it is no state that train wrote. Resume from another checkpoint.`);
    return value;
  };
  const arenas = new Map<string, Float32Array>();
  const epochSums: Record<string, number> = {};
  for (const [name, { data }] of tensors) {
    if (name.startsWith("arena.") && data instanceof Float32Array) arenas.set(name.slice(6), data);
    else if (name.startsWith("epoch.")) epochSums[name.slice(6)] = Number(data[0]);
  }
  return { step: number("step"), seed: number("seed"), epochSums, arenas };
}
