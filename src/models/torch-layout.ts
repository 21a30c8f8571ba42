import { InputError } from "../errors.js";
import type { Parameters } from "../graph/parameters.js";

/** A tensor as PyTorch keeps it. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The one place where our layout meets PyTorch's: weights [I, O] here are [O, I] there, and a parameter that stands for
 * several PyTorch layers side by side is split into them. Gives a state dict by PyTorch's names, in order. */
export function toTorch(parameters: Parameters, arena: Float32Array): Map<string, TorchTensor> {
  const out = new Map<string, TorchTensor>();
  for (const { tensor, torch } of parameters.all) {
    const at = tensor.offset ?? 0;
    const width = tensor.shape.at(-1) as number;
    for (const { name, from, to } of torch) {
      const columns = to - from;
      if (tensor.shape.length === 1) {
        out.set(name, { shape: [columns], data: arena.slice(at + from, at + to) });
        continue;
      }
      const rows = tensor.shape[0];
      const data = new Float32Array(rows * columns);
      for (let i = 0; i < rows; i++)
        for (let o = 0; o < columns; o++) data[o * rows + i] = arena[at + i * width + from + o];
      out.set(name, { shape: [columns, rows], data });
    }
  }
  return out;
}

/** The way back: fills an arena from a state dict.
 * @throws InputError that lists every missing, unexpected and misshapen tensor; nothing is partly loaded */
export function fromTorch(
  parameters: Parameters,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>,
  where: string,
): Float32Array {
  const arena = new Float32Array(parameters.arenaLength);
  const known = new Set<string>();
  const problems: string[] = [];
  for (const { tensor, torch } of parameters.all) {
    const at = tensor.offset ?? 0;
    const width = tensor.shape.at(-1) as number;
    const rows = tensor.shape.length === 1 ? 1 : tensor.shape[0];
    for (const { name, from, to } of torch) {
      known.add(name);
      const columns = to - from;
      const want = tensor.shape.length === 1 ? [columns] : [columns, rows];
      const found = tensors.get(name);
      if (!found) {
        problems.push(`${name} [${want}] is missing`);
        continue;
      }
      if (found.shape.join() !== want.join()) {
        problems.push(`${name} is [${found.shape}] and should be [${want}]`);
        continue;
      }
      for (let i = 0; i < rows; i++)
        for (let o = 0; o < columns; o++) arena[at + i * width + from + o] = found.data[o * rows + i];
    }
  }
  for (const name of tensors.keys()) if (!known.has(name)) problems.push(`${name} is not part of the model`);
  if (problems.length > 0)
    throw new InputError(
      `${where} does not fit the model: ${problems.join("; ")}. Use the config it was trained with.`,
    );
  return arena;
}
