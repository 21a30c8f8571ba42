import { drawJumps } from "../../src/ops/draw-jumps.js";
import { draw, streams } from "../../src/random/philox.js";
import type { OpProof } from "./contract.js";

/** A whole number below `count` by the upper 16 bits of a word. */
const below = (word: number, count: number): number => Math.floor((Math.floor(word / 65_536) * count) / 65_536);

export const drawJumpsProof: OpProof = {
  op: drawJumps,
  exact: false,
  references: {
    "draw-jumps/forward": ({ out: { early, late, jump }, sizes: { B, P, T, M }, step }) => {
      const seed = step.seed_low + step.seed_high * 2 ** 32;
      for (let i = 0; i < B * P; i++) {
        const [how, where] = draw(seed, streams.jumps, step.step, i);
        const longer = below(how, M);
        const t1 = below(where, T - 1 - longer);
        const first = Math.floor(i / P) * T + t1;
        early.put(i, first);
        late.put(i, first + 1 + longer);
        jump.put(i, longer);
      }
    },
  },
  cases: [
    { shapes: {}, attrs: { batch: 1, pairs: 1, frames: 2, longest: 1 } },
    { shapes: {}, attrs: { batch: 33, pairs: 3, frames: 20, longest: 5 } },
    { shapes: {}, attrs: { batch: 7, pairs: 67, frames: 300, longest: 299 } },
    {
      shapes: {},
      attrs: { batch: 5, pairs: 2, frames: 65_536, longest: 65_535 },
      step: { seed_low: 0x9abcdef0, seed_high: 0x12345, step: 70001 },
    },
  ],
};
