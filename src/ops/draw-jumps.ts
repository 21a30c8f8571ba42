import forward from "../../shaders/draw-jumps/forward.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op } from "./op.js";
import { kernel } from "./op.js";

/** Most frames that a sequence may have: a place is the product of 16 random bits and the frames, without overflow. */
export const mostFrames = 65_536;

function sizes({ batch, pairs, frames, longest }: Attrs): { B: number; P: number; T: number; M: number } {
  return { B: Number(batch), P: Number(pairs), T: Number(frames), M: Number(longest) };
}

/** Pairs of frames t1 < t2 at most `longest` apart, drawn by seed and step: of each of `batch` sequences of `frames` frames `pairs` of
 * them. Every jump is as likely, and so is every t1 that leaves room for it. early and late u32 [batch * pairs] are b * frames + t1 and
 * + t2, jump u32 [batch * pairs] is t2 - t1 - 1. */
export const drawJumps: Op = {
  name: "draw-jumps",
  inputs: [],
  outputs: (_, attrs) => {
    const { B, P, T, M } = sizes(attrs);
    if (![B, P, M].every((n) => Number.isInteger(n) && n >= 1) || !Number.isInteger(T) || T <= M || T > mostFrames)
      throw new InputError(
        `draw-jumps: ${P} pairs of ${B} sequences of ${T} frames, up to ${M} apart; give whole numbers from 1, and more frames than the longest jump.`,
      );
    const pairs = [B * P];
    return { early: pairs, late: pairs, jump: pairs };
  },
  types: { early: "u32", late: "u32", jump: "u32" },
  sizes: (_, attrs) => sizes(attrs),
  forward: [kernel(forward)],
  backward: [],
  flops: () => ({ forward: 0 }),
};
