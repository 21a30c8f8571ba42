import { InputError } from "../errors.js";
import type { Shape } from "../ops/op.js";
import { elements } from "../ops/op.js";
import type { Tensor } from "./tensor.js";

/** How a parameter or a statistic starts. `fanIn` scales: U(-1/sqrt(fanIn), 1/sqrt(fanIn)) is PyTorch's default for weight and bias. */
export type Init =
  | { readonly kind: "zeros" }
  | { readonly kind: "ones" }
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "torchUniform"; readonly fanIn: number }
  | { readonly kind: "glorotUniform"; readonly fanIn: number; readonly fanOut: number };

/** One of PyTorch's tensors inside a parameter: columns `from` to `to` of a [I, O] weight (kept [O, I] in files), or that
 * stretch of a vector. */
export interface TorchPart {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Channels of the pictures [H, W, C] that a dense layer's inputs or outputs are, where they are: PyTorch flattens pictures
 * as [C, H, W]. */
export interface Flattened {
  readonly inputs?: number;
  /** Further inputs behind those of the pictures. Default 0. */
  readonly beside?: number;
  readonly outputs?: number;
}

export interface Parameter {
  readonly tensor: Tensor;
  readonly init: Init;
  readonly torch: readonly TorchPart[];
  readonly flattened?: Flattened;
  /** A table of rows (an nn.Embedding): PyTorch keeps it as it is here. */
  readonly table?: boolean;
}

/** What a layer learns without a gradient: PyTorch's buffers. */
export interface Statistic {
  readonly tensor: Tensor;
  readonly init: Init;
  /** Whether it is a part of what was learnt; the others only go on with training. */
  readonly lasting: boolean;
}

const ALIGN = 64; // elements: 256 bytes, the portable offset alignment

const padded = (shape: Shape): number => Math.ceil(elements(shape) / ALIGN) * ALIGN;

/** A model's parameters in order, laid out in one flat arena at 256-byte offsets, and its statistics in another: no
 * optimizer walks over those. */
export class Parameters {
  private readonly list: Parameter[] = [];
  private length = 0;
  private readonly statisticList: Statistic[] = [];
  private statisticsEnd = 0;
  private readonly counterList: string[] = [];

  /** Adds a parameter of the given shape. `torch` defaults to one part of the same name that spans the last axis. */
  add(name: string, shape: Shape, init: Init, torch?: readonly TorchPart[], flattened?: Flattened): Tensor {
    const parts = torch ?? [{ name, from: 0, to: shape[shape.length - 1] as number }];
    return this.put(name, shape, { init, torch: parts, ...(flattened && { flattened }) });
  }

  /** Adds a table [rows, features] that is read by row (an nn.Embedding's weight). */
  addTable(name: string, shape: Shape, init: Init): Tensor {
    return this.put(name, shape, { init, torch: [{ name, from: 0, to: shape[1] as number }], table: true });
  }

  private put(name: string, shape: Shape, more: Omit<Parameter, "tensor">): Tensor {
    if (this.list.some((p) => p.tensor.name === name))
      throw new InputError(`The model has two parameters named "${name}"; give each layer its own name.`);
    const tensor: Tensor = { name, shape, dtype: "f32", role: "weight", arena: "weight", offset: this.length };
    this.length += padded(shape);
    this.list.push({ tensor, ...more });
    return tensor;
  }

  /** Adds a statistic that kernels update in training: no gradient, no optimizer. One that is not `lasting` is kept with a
   * checkpoint and left out of the model's own file. */
  addStatistic(name: string, shape: Shape, init: Init, lasting = true): Tensor {
    const tensor: Tensor = {
      name,
      shape,
      dtype: "f32",
      role: "statistic",
      arena: "statistics",
      offset: this.statisticsEnd,
    };
    this.statisticsEnd += padded(shape);
    this.statisticList.push({ tensor, init, lasting });
    return tensor;
  }

  /** Adds a number that PyTorch keeps and that is the steps done. */
  addCounter(name: string): void {
    this.counterList.push(name);
  }

  get statistics(): readonly Statistic[] {
    return this.statisticList;
  }

  get counters(): readonly string[] {
    return this.counterList;
  }

  /** Elements of the arena of statistics, padding counted in; 0 where the model has none. */
  get statisticsLength(): number {
    return this.statisticsEnd;
  }

  get all(): readonly Parameter[] {
    return this.list;
  }

  /** Elements of the arena, padding counted in. */
  get arenaLength(): number {
    return this.length;
  }

  /** Trainable numbers, padding left out. */
  get count(): number {
    return this.list.reduce((n, p) => n + elements(p.tensor.shape), 0);
  }

  /** A tensor that is a whole arena, for kernels that walk it from end to end. */
  arena(arena: string, role: Tensor["role"]): Tensor {
    return { name: `${arena} arena`, shape: [this.length], dtype: "f32", role, arena, offset: 0 };
  }
}
