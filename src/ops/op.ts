import type { Kernel, KernelSource } from "../gpu/kernel.js";
import { parseKernel } from "../gpu/kernel.js";
import type { Profile } from "../gpu/profile.js";

export type Shape = readonly number[];
/** Shapes by the WGSL variable's name. */
export type Shapes = Readonly<Record<string, Shape>>;
/** A node's settings: numbers for `Sizes`, switches for `override`s. */
export type Attrs = Readonly<Record<string, number | boolean>>;
export type Sizes = Readonly<Record<string, number>>;
export type DType = "f32" | "u32" | "u8";

/** A kernel and its variants for other classes of adapter: same bindings, same twin, first match wins. */
export interface Choice {
  readonly plain: Kernel;
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly kernel: Kernel;
  /** Whether this variant suits the adapter and can take these sizes. */
  readonly when: (profile: Profile, sizes: Sizes) => boolean;
}

export type Flops = Readonly<Record<string, number>>;

/** A row of the op table: pure data. A name that a kernel binds means: an input, an output or a saved value of the node by
 * that name, else (`d` + name) the gradient of one. Which gradients a backward kernel gives is read from what it writes. */
export interface Op {
  readonly name: string;
  /** Names of the inputs, in call order. */
  readonly inputs: readonly string[];
  /** Inputs that may be left out, and the tensor that is bound in their place (never read). */
  readonly optional?: Readonly<Record<string, string>>;
  /** The shape rule: outputs by name. Throws InputError on shapes that do not fit. */
  readonly outputs: (shapes: Shapes, attrs: Attrs) => Shapes;
  /** Values that one kernel leaves for another (statistics, partial sums). */
  readonly saved?: (shapes: Shapes, attrs: Attrs) => Shapes;
  /** Element types where they are not f32. */
  readonly types?: Readonly<Record<string, DType>>;
  /** The size rule: every field of the kernels' `Sizes`, by name. `shapes` holds inputs and outputs. */
  readonly sizes: (shapes: Shapes, attrs: Attrs) => Sizes;
  /** The switches, by override name; kernels take the ones they declare. */
  readonly overrides?: (shapes: Shapes, attrs: Attrs) => Attrs;
  readonly forward: readonly Choice[];
  readonly backward: readonly Choice[];
  /** The output shares the input's memory: no kernel runs (reshape). */
  readonly view?: boolean;
  /** Arithmetic of each kernel, by its name within the op, for the bench. Every + - * / and every elementary function of its
   * formula counts one; comparisons, choices (max, abs, sign) and whole numbers none: 0 is a kernel that only moves values. */
  readonly flops?: (sizes: Sizes, overrides: Attrs) => Flops;
}

/** A kernel without variants, or with them. */
export function kernel(source: KernelSource, ...variants: (readonly [KernelSource, Variant["when"]])[]): Choice {
  return {
    plain: parseKernel(source),
    variants: variants.map(([variant, when]) => ({ kernel: parseKernel(variant), when })),
  };
}

/** A choice that serves another op: its kernels bind that op's tensors (`names`: binding to tensor) and have a twin there. */
export function renamed(choice: Choice, twin: string, names: Readonly<Record<string, string>>): Choice {
  const rename = (of: Kernel): Kernel => ({
    ...of,
    twin,
    bindings: of.bindings.map((b) => ({ ...b, name: names[b.name] ?? b.name })),
  });
  return {
    plain: rename(choice.plain),
    variants: choice.variants.map((v) => ({ ...v, kernel: rename(v.kernel) })),
  };
}

/** The kernel of a choice that suits an adapter and sizes. */
export function choose(choice: Choice, profile: Profile, sizes: Sizes): Kernel {
  return choice.variants.find((v) => v.when(profile, sizes))?.kernel ?? choice.plain;
}

/** Whether 128 x 64 tiles of 8 x 8 results a thread pay for a product of `rows` x `columns` results, `times` over: half the
 * adapter full of them, on a GPU with registers for 64 sums a thread. */
export function fitsWide(profile: Profile, rows: number, columns: number, times = 1): boolean {
  const groups = Math.ceil(rows / 128) * Math.ceil(columns / 64) * times;
  return profile.matmul === "tiled" && profile.wideTiles && groups >= profile.workgroupTarget / 2;
}

export const elements = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);
