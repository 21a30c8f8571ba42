import densePixelKernel from "../../shaders/ancestral/dense-pixel.wgsl";
import gatedPixelKernel from "../../shaders/ancestral/gated-pixel.wgsl";
import putCodeKernel from "../../shaders/ancestral/put-code.wgsl";
import putRowKernel from "../../shaders/ancestral/put-row.wgsl";
import rowKernel from "../../shaders/ancestral/row.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op, Shape, Shapes } from "./op.js";
import { kernel, sameShape } from "./op.js";

// Ancestral sampling evaluates a PixelCNN where the next code is to be drawn and nowhere else: its vertical stack once a row,
// its horizontal stack once a pixel, over kept features of the rows before. step.pixel tells where, in the order of a page.

type Four = readonly [number, number, number, number];

function require(op: string, name: string, shape: Shape | undefined, want: Shape): void {
  if (!shape || !sameShape(shape, want))
    throw new InputError(`${op}: ${name} is [${shape}]; beside the other tensors it must be [${want}].`);
}

/** Channels into and out of w, and the features x [B, R, W, I] that it reads. */
function ends(op: string, { x, w, bias }: Shapes, taps: number): { x: Four; O: number } {
  const [inputs, O] = (w as Shape).slice(-2) as [number, number];
  const shape = x as Four;
  if (shape.length !== 4 || shape[3] !== inputs)
    throw new InputError(`${op}: x is [${x}] and w [${w}]; x must be [maps, rows, columns, ${inputs}].`);
  if (taps > (w as Shape).slice(0, -2).reduce((n, d) => n * d, 1))
    throw new InputError(`${op}: ${taps} taps are in use and w is [${w}]; it has fewer.`);
  require(op, "bias", bias, [O]);
  return { x: shape, O };
}

const rowTaps = ({ w }: Shapes, { rows = 1 }: Attrs) => {
  const shape = w as Shape;
  return { KH: Number(rows), KW: shape.length === 4 ? (shape[1] as number) : 1 };
};

/** A row of a convolution, or of a dense layer over pixels: x [B, R, W, I] the last R rows of a map, w [rows or more, KW, I, O] or
 * [I, O], bias [O], y [B, W, O]. The first row of w lies `top` rows above that of step.pixel, and
 * `rows` of it are in use. Attrs: rows (1), top (0). */
export const convRow: Op = {
  name: "convRow",
  inputs: ["x", "w", "bias"],
  outputs: (shapes, attrs) => {
    const { KH, KW } = rowTaps(shapes, attrs);
    const { x, O } = ends("convRow", shapes, KH * KW);
    if (x[1] < KH) throw new InputError(`convRow: x keeps ${x[1]} rows and ${KH} are read; keep more.`);
    return { y: [x[0], x[2], O] };
  },
  sizes: (shapes, attrs) => {
    const { KH, KW } = rowTaps(shapes, attrs);
    const { x, O } = ends("convRow", shapes, KH * KW);
    const [B, R, W, I] = x;
    return { B, R, W, I, O, KH, KW, top: Number(attrs.top ?? 0), left: (KW - 1) / 2 };
  },
  forward: [kernel(rowKernel)],
  backward: [],
};

/** Keeps a row: x [B, W, C] into ring [B, R, W, C] in place, where the row of step.pixel belongs. */
export const putRow: Op = {
  name: "putRow",
  inputs: ["x", "ring"],
  outputs: ({ x, ring }) => {
    const [B, , W, C] = ring as Four;
    require("putRow", "x", x, [B, W, C]);
    return {};
  },
  sizes: ({ ring }) => {
    const [B, R, W, C] = ring as Four;
    return { B, R, W, C };
  },
  forward: [kernel(putRowKernel)],
  backward: [],
};

/** Keeps the vector of the code that was drawn: w [K, C], codes u32 [B, N], ring [B, R, W, C] in place at step.pixel. */
export const putCode: Op = {
  name: "putCode",
  inputs: ["w", "codes", "ring"],
  types: { codes: "u32" },
  outputs: ({ w, codes, ring }) => {
    const [B, , , C] = ring as Four;
    require("putCode", "w", w, [w?.[0] as number, C]);
    require("putCode", "codes", codes, [B, codes?.[1] as number]);
    return {};
  },
  sizes: ({ w, codes, ring }) => {
    const [[B, R, W, C], [, N], [K]] = [ring as Four, codes as [number, number], w as [number]];
    return { B, N, R, W, K, C };
  },
  forward: [kernel(putCodeKernel)],
  backward: [],
};

/** The horizontal stack of a gated layer at step.pixel: a convolution over the pixels to the left, what comes from the vertical
 * stack, the gate. x [B, R, W, I] the last R rows of a map, w [1, columns or more, I, 2C], bias [2C], side [B, W, 2C],
 * condition [B, 2C] or none, y [B, C]. The first `columns` of w lie on the pixels from `left` before on. Attrs: columns, left. */
export const gatedPixel: Op = {
  name: "gatedPixel",
  inputs: ["x", "w", "bias", "side", "condition"],
  optional: { condition: "side" },
  outputs: (shapes, { columns }) => {
    const { x, O } = ends("gatedPixel", shapes, Number(columns));
    require("gatedPixel", "side", shapes.side, [x[0], x[2], O]);
    if (shapes.condition) require("gatedPixel", "condition", shapes.condition, [x[0], O]);
    return { y: [x[0], O / 2] };
  },
  sizes: (shapes, { columns, left }) => {
    const { x, O } = ends("gatedPixel", shapes, Number(columns));
    const [B, R, W, I] = x;
    return { B, R, W, I, C: O / 2, KW: Number(columns), left: Number(left) };
  },
  overrides: ({ condition }) => ({ HAS_CONDITION: condition !== undefined }),
  forward: [kernel(gatedPixelKernel)],
  backward: [],
};

/** A dense layer at step.pixel, and what is added to it: x [B, I], w [I, O], bias [O], addend [B, V, O] or none, y [B, V, O] in
 * place at the pixel's column; V is the map's columns, or 1. */
export const densePixel: Op = {
  name: "densePixel",
  inputs: ["x", "w", "bias", "addend", "y"],
  optional: { addend: "x" },
  outputs: ({ x, w, bias, addend, y }) => {
    const [[B], [I, O]] = [x as [number], w as [number, number]];
    require("densePixel", "x", x, [B, I]);
    require("densePixel", "bias", bias, [O]);
    require("densePixel", "y", y, [B, y?.[1] as number, O]);
    if (addend) require("densePixel", "addend", addend, y as Shape);
    return {};
  },
  sizes: ({ w, y }) => {
    const [[B, V], [I, O]] = [y as [number, number], w as [number, number]];
    return { B, I, O, V };
  },
  overrides: ({ addend }) => ({ HAS_ADDEND: addend !== undefined }),
  forward: [kernel(densePixelKernel)],
  backward: [],
};
