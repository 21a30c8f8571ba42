import draw from "../../shaders/ancestral/draw.wgsl";
import { InputError } from "../errors.js";
import { streams } from "../random/philox.js";
import type { Op } from "./op.js";
import { kernel } from "./op.js";

/** Draws the code of step.pixel for each map: x logits [B, K] of that pixel, or [B, N, K] of every pixel; codes u32 [B, N] in
 * place. Logits are divided by step.temperature (0: the largest alone); step.top_k keeps so many of the largest (0: all), and of
 * these step.top_p the fewest that hold that share of the probability (Holtzman et al. 2020, "The curious case of neural text
 * degeneration"); equal logits at an edge stay together. The draw is a function of the seed, step.pixel and the map's number,
 * step.cursor + b. Where the logits are not finite it leaves K. Attrs: stream (`prior` of src/random/philox.ts). */
export const drawCode: Op = {
  name: "drawCode",
  inputs: ["x", "codes"],
  types: { codes: "u32" },
  outputs: ({ x, codes }) => {
    const [[B, N], [rows, ...rest]] = [codes as [number, number], x as [number, ...number[]]];
    if (rows !== B || !(rest.length === 1 || (rest.length === 2 && rest[0] === N)))
      throw new InputError(`drawCode: x is [${x}] and codes [${codes}]; x must be [${B}, K] or [${B}, ${N}, K].`);
    return {};
  },
  sizes: ({ x, codes }, { stream }) => {
    const [[B, N], logits] = [codes as [number, number], x as number[]];
    const P = logits.length === 3 ? N : 1;
    return { B, P, N, K: logits.at(-1) as number, stream: Number(stream ?? streams.prior) };
  },
  forward: [kernel(draw)],
  backward: [],
};
