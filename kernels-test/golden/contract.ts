import type { Dataset } from "../../src/data/dataset.js";
import { InputError } from "../../src/errors.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import type { Device } from "../../src/gpu/device.js";

/** A tensor of a golden file, as PyTorch keeps it. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export type Params = Readonly<Record<string, unknown>>;
/** Tensors that our kernels computed, by the golden file's names and in its layout. */
export type Got = Record<string, ArrayLike<number>>;

/** Computes every tensor of a case that it does not take as an input. */
export type Runner = (device: Device, item: GoldenCase) => Promise<Got>;

/** One golden file's worth of ops. Adding one: a file beside this one and a line in index.ts. */
export interface Family {
  readonly name: string;
  /** What runs an op with these settings; nothing where there is no op for it yet. */
  readonly runner: (op: string, params: Params) => Runner | undefined;
}

/** Where golden files and the data of the trajectories come from. */
export interface GoldenSource {
  /** Files by name, e.g. "linear.safetensors". */
  readonly names: readonly string[];
  readonly read: (name: string) => Promise<Uint8Array>;
  /** The first `limit` training images of "mnist" or "fashion". */
  readonly data: (name: string, limit: number) => Promise<Dataset>;
}

/** The element that is furthest from PyTorch's, by error over bound. */
export interface WorstElement {
  readonly tensor: string;
  readonly error: number;
  readonly bound: number;
}

export interface CaseResult {
  readonly case: string;
  readonly op: string;
  /** `missing`: there is no op for it yet. */
  readonly outcome: "passed" | "failed" | "missing";
  readonly worst?: WorstElement;
  /** What is wrong, in a sentence. */
  readonly failure?: string;
}

/** One case of a golden file. What a runner takes by `input` is an input; all other tensors must be computed. */
export class GoldenCase {
  private readonly taken = new Set<string>();

  constructor(
    readonly name: string,
    readonly op: string,
    readonly params: Params,
    private readonly stat: Readonly<Record<string, readonly [number, number]>>,
    private readonly tensors: ReadonlyMap<string, GoldenTensor>,
  ) {}

  has(tensor: string): boolean {
    return this.tensors.has(tensor);
  }

  input(tensor: string): GoldenTensor {
    const found = this.want(tensor);
    this.taken.add(tensor);
    return found;
  }

  /** The inputs whose names begin so, by the rest of their names. */
  inputs(prefix: string): Map<string, GoldenTensor> {
    const names = [...this.tensors.keys()].filter((name) => name.startsWith(prefix));
    return new Map(names.map((name) => [name.slice(prefix.length), this.input(name)]));
  }

  want(tensor: string): GoldenTensor {
    const found = this.tensors.get(tensor);
    if (!found) throw new InputError(`${this.name} has no tensor "${tensor}"; fetch the golden files again.`);
    return found;
  }

  /** Tensors that were not taken as inputs. */
  get wanted(): string[] {
    return [...this.tensors.keys()].filter((name) => !this.taken.has(name));
  }

  number(param: string): number {
    const value = this.params[param];
    if (typeof value !== "number") throw new InputError(`${this.name}: the setting "${param}" is no number.`);
    return value;
  }

  /** The README's rule: 1e-6 + 2e-6 max|value| + 16 times float32 PyTorch's own error; integers exactly. */
  bound(tensor: string): number {
    const { data } = this.want(tensor);
    if (data instanceof Int32Array) return 0;
    const [largest, error] = this.stat[tensor] ?? [
      data.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0),
      0,
    ];
    return 1e-6 + 2e-6 * largest + 16 * error;
  }
}

/** The cases of a golden file. @throws InputError where it is no such file */
export function readCases(bytes: Uint8Array, where: string): GoldenCase[] {
  const { metadata, tensors } = readSafetensors(bytes, where);
  const list = metadata.get("cases");
  if (list === undefined) throw new InputError(`${where} holds no list of cases; give a folder of golden tensors.`);
  const cases = JSON.parse(list) as {
    readonly op: string;
    readonly params: Params;
    readonly stat: Readonly<Record<string, readonly [number, number]>>;
  }[];
  const sorted = cases.map(() => new Map<string, GoldenTensor>());
  for (const [name, { shape, data }] of tensors) {
    const [, index, tensor] = /^case(\d+)\/(.*)$/.exec(name) ?? [];
    const of = sorted[Number(index)];
    if (!of || !(data instanceof Float32Array || data instanceof Int32Array))
      throw new InputError(`${where}: the tensor "${name}" belongs to no case; fetch the golden files again.`);
    of.set(tensor, { shape, data });
  }
  return cases.map(({ op, params, stat }, i) => new GoldenCase(`case${i}`, op, params, stat, sorted[i]));
}
