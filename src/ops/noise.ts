import forward from "../../shaders/noise/forward.wgsl";
import { InputError } from "../errors.js";
import { streams } from "../random/philox.js";
import type { Op } from "./op.js";
import { kernel } from "./op.js";

/** Normal noise y [rows, width] of standard deviation `temperature`, drawn by seed and step.
 * Attrs: rows, width, temperature (1), stream (`sample` of src/random/philox.ts). */
export const noise: Op = {
  name: "noise",
  inputs: [],
  outputs: (_, { rows, width }) => {
    const y = [Number(rows), Number(width)];
    if (!y.every((d) => Number.isInteger(d) && d >= 1))
      throw new InputError(`noise: the shape is [${y}]; give whole numbers of rows and width from 1.`);
    return { y };
  },
  sizes: (_, { rows, width, stream, temperature }) => ({
    N: Number(rows) * Number(width),
    stream: Number(stream ?? streams.sample),
    temperature: Number(temperature ?? 1),
  }),
  forward: [kernel(forward)],
  backward: [],
  // Two normal numbers share a radius and an angle: 9.
  flops: ({ N }) => ({ forward: 5.5 * N }),
};
