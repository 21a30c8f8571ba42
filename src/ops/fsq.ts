import forward from "../../shaders/fsq/forward.wgsl";
import gradZ from "../../shaders/fsq/grad-z.wgsl";
import codesForward from "../../shaders/fsq-codes/forward.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op, Shape, Sizes } from "./op.js";
import { elements, kernel } from "./op.js";
import { rowSizes } from "./rows.js";

/** Most dimensions that there are levels for. */
const MOST = 8;

/** The attrs of `fsq` and `fsqCodes` for a list of levels: level0, level1, ... */
export const fsqLevels = (levels: readonly number[]): Attrs =>
  Object.fromEntries(levels.map((level, d) => [`level${d}`, level]));

/** The levels among the attrs. @throws InputError where there are none, too many, or too few of one */
function levelsOf(op: string, attrs: Attrs): number[] {
  const levels = Object.keys(attrs).filter((name) => /^level\d+$/.test(name)).length;
  const list = Array.from({ length: levels }, (_, d) => Number(attrs[`level${d}`]));
  if (levels < 1 || levels > MOST || list.some((L) => !(Number.isInteger(L) && L >= 2)))
    throw new InputError(`${op}: the levels are [${list}]; give 1 to ${MOST} whole numbers from 2.`);
  const codes = list.reduce((n, L) => n * L, 1);
  if (codes > 2 ** 32)
    throw new InputError(`${op}: ${codes} codes are more than an index holds, 2^32; use fewer levels.`);
  return list;
}

/** Where tanh(shift) h = 1/2: the place of the level at 0 for an even number of levels. */
const shiftOf = (L: number): number => (L % 2 === 0 ? Math.atanh(0.5 / (0.5005 * (L - 1))) : 0);

/** What z is bounded and rounded by, a number each dimension: tanh(z + shift) half - offset, rounded. */
export function fsqOffsets(attrs: Attrs) {
  const levels = levelsOf("fsq", attrs);
  return {
    levels,
    shifts: levels.map(shiftOf),
    halves: levels.map((L) => 0.5005 * (L - 1)),
    offsets: levels.map((L) => (L % 2 === 0 ? 0.5 : 0)),
  };
}

const levelSizes = (levels: readonly number[]): Sizes =>
  Object.fromEntries(
    Array.from({ length: MOST }, (_, d) => levels[d] ?? 2).flatMap((L, d) => [
      [`L${d}`, L],
      [`shift${d}`, shiftOf(L)],
    ]),
  );

/** Finite scalar quantization (Mentzer et al. 2023, "Finite scalar quantization: VQ-VAE made simple"): each dimension is bounded by a
 * tanh and rounded to one of its levels; no codebook, no loss. z, q [..., D], q in [-1, 1]; indices u32 [...], the first dimension
 * counting fastest. The gradient goes straight through the rounding, not through the bound. Attrs: `fsqLevels([8, 5, 5, 5])`, one of 2
 * or more a dimension. */
export const fsq: Op = {
  name: "fsq",
  inputs: ["z"],
  outputs: ({ z }, attrs) => {
    const levels = levelsOf("fsq", attrs);
    if (rowSizes("fsq", z as Shape).D !== levels.length)
      throw new InputError(`fsq: z is [${z}] and there are ${levels.length} levels; give one level a dimension.`);
    return { q: z as Shape, indices: (z as Shape).slice(0, -1) };
  },
  types: { indices: "u32" },
  sizes: ({ z }, attrs) => ({ ...rowSizes("fsq", z as Shape), ...levelSizes(levelsOf("fsq", attrs)) }),
  forward: [kernel(forward)],
  backward: [kernel(gradZ)],
  flops: ({ N, D }) => ({ forward: 6 * N * D, "grad-z": 10 * N * D }),
};

/** The codes of `fsq` from their indices. indices u32 [...], q [..., D]. Attrs: as of `fsq`. */
export const fsqCodes: Op = {
  name: "fsq-codes",
  inputs: ["indices"],
  outputs: ({ indices }, attrs) => ({ q: [...(indices as Shape), levelsOf("fsq-codes", attrs).length] }),
  types: { indices: "u32" },
  sizes: ({ indices }, attrs) => {
    const levels = levelsOf("fsq-codes", attrs);
    return { N: elements(indices as Shape), D: levels.length, ...levelSizes(levels) };
  },
  forward: [kernel(codesForward)],
  backward: [],
  flops: ({ N, D }) => ({ forward: N * D }),
};
