import type { Kernel } from "./kernel.js";

/** One storage binding of a dispatch: a window of a buffer. */
export interface Window {
  readonly binding: string;
  readonly tensor: string;
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: number;
}

/** One line of a frozen step. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly label: string;
  readonly overrides: Readonly<Record<string, number | boolean>>;
  readonly windows: readonly Window[];
  readonly sizes: Readonly<Record<string, number>>;
  /** Byte offset of this dispatch's `Sizes` in the sizes buffer. */
  readonly sizesOffset: number;
  readonly grid: readonly [number, number, number];
}

/** A buffer the list needs. Named ones may be shared between programs; slots are private. */
export interface BufferSpec {
  readonly name: string;
  readonly bytes: number;
  readonly shareable: boolean;
  /** What it is for, as a report of memory tells it: weights, activations, ... */
  readonly role: string;
}

/** Where a tensor lies. */
export interface Place {
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: number;
  readonly shape: readonly number[];
  readonly dtype: "f32" | "u32" | "u8";
}

/** What a Program runs: a frozen list of dispatches and a memory map. Pure data. */
export interface DispatchList {
  readonly dispatches: readonly Dispatch[];
  readonly buffers: readonly BufferSpec[];
  readonly places: ReadonlyMap<string, Place>;
  /** The sizes buffer's contents: each dispatch's scalars at its 256-byte offset. */
  readonly sizesData: Uint8Array;
}

/** Writes scalars in declaration order, 4 bytes each. */
export function packFields(
  view: DataView,
  at: number,
  fields: readonly { readonly name: string; readonly type: "u32" | "f32" }[],
  values: Readonly<Record<string, number>>,
): void {
  fields.forEach(({ name, type }, i) => {
    const value = values[name] ?? 0;
    if (type === "u32") view.setUint32(at + 4 * i, value, true);
    else view.setFloat32(at + 4 * i, value, true);
  });
}
