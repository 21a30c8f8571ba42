import bytes from "../../shaders/data/gather.wgsl";
import floats from "../../shaders/data/gather-f32.wgsl";
import integers from "../../shaders/data/gather-integers.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op, Shape, Shapes, Sizes } from "./op.js";
import { elements, kernel } from "./op.js";

function batchOf({ batch }: Attrs): number {
  if (!(Number.isInteger(batch) && Number(batch) >= 1))
    throw new InputError(`gather: the batch is ${batch}; give a whole number of rows from 1.`);
  return Number(batch);
}

const rows = ({ data }: Shapes, attrs: Attrs): Shapes => ({ x: [batchOf(attrs), ...(data as Shape).slice(1)] });

const rowSizes = ({ data }: Shapes, attrs: Attrs): Sizes => ({
  B: batchOf(attrs),
  N: (data as Shape)[0] as number,
  D: elements((data as Shape).slice(1)),
  scale: Math.fround(Number(attrs.scale ?? 1)),
  shift: Math.fround(Number(attrs.shift ?? 0)),
});

const shuffled = (_: Shapes, { shuffle }: Attrs): Attrs => ({ SHUFFLE: Boolean(shuffle ?? true) });

/** This step's batch out of a data set of bytes: x = scale * data + shift. data u8 [N, ...], x [batch, ...]. Row b of the batch
 * is row permute(cursor + b) of the epoch, or cursor + b in order; rows from step.rows or beyond the data are 0.
 * Attrs: batch, scale (1/255), shift (0), shuffle (true). */
export const gather: Op = {
  name: "gather",
  inputs: ["data"],
  outputs: rows,
  types: { data: "u8" },
  sizes: (shapes, attrs) => rowSizes(shapes, { scale: 1 / 255, ...attrs }),
  overrides: shuffled,
  forward: [kernel(bytes)],
  backward: [],
};

/** The same out of a data set of floats. data f32 [N, ...], x [batch, ...]. Attrs: batch, scale (1), shift (0), shuffle (true). */
export const gatherFloat: Op = {
  name: "gatherFloat",
  inputs: ["data"],
  outputs: rows,
  sizes: rowSizes,
  overrides: shuffled,
  forward: [kernel(floats)],
  backward: [],
};

/** Whole numbers of the same rows: labels, code maps. data u32 [N, ...], x u32 [batch, ...]. Attrs: batch, shuffle (true). */
export const gatherIntegers: Op = {
  name: "gatherIntegers",
  inputs: ["data"],
  outputs: rows,
  types: { data: "u32", x: "u32" },
  sizes: ({ data }, attrs) => {
    const [N, ...row] = data as Shape as [number, ...number[]];
    return { B: batchOf(attrs), N, D: elements(row) };
  },
  overrides: shuffled,
  forward: [kernel(integers)],
  backward: [],
};
