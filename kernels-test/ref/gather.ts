import type { Env } from "../../src/graph/interpret.js";
import { gather, gatherFloat, gatherIntegers } from "../../src/ops/gather.js";
import { permute } from "../../src/random/permutation.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

/** The row of the data behind row b of the batch; nothing where it does not count. */
function rowOf({ sizes: { N }, overrides: { SHUFFLE }, step }: Env, b: number): number | undefined {
  const at = step.cursor + b;
  if (b >= step.rows || at >= N) return undefined;
  return SHUFFLE ? permute(at, N, step.seed_low + step.seed_high * 2 ** 32, step.epoch) : at;
}

function rows(env: Env): void {
  const { B, D, scale, shift } = env.sizes;
  for (let b = 0; b < B; b++) {
    const row = rowOf(env, b);
    for (let d = 0; d < D; d++) {
      const term = row === undefined ? 0 : env.in.data[row * D + d] * scale;
      env.out.x.put(b * D + d, row === undefined ? 0 : term + shift, Math.abs(term) + Math.abs(shift), 2);
    }
  }
}

const far = { seed_low: 0x9abcdef0, seed_high: 0x12345, step: 70001, epoch: 12 };
const byte = { data: draws.integer(256) };

export const gatherProof: OpProof = {
  op: gather,
  exact: false,
  references: { "data/gather": rows },
  cases: [
    { shapes: { data: [1, 1] }, attrs: { batch: 1 }, draw: byte },
    { shapes: { data: [5, 3] }, attrs: { batch: 5, shuffle: false }, draw: byte },
    {
      shapes: { data: [7, 5, 5, 3] },
      attrs: { batch: 4, scale: 1 / 127.5, shift: -1 },
      draw: byte,
      step: { cursor: 2 },
    },
    { shapes: { data: [70, 131] }, attrs: { batch: 67 }, draw: byte, step: { ...far, cursor: 3, rows: 60 } },
    { shapes: { data: [40, 7] }, attrs: { batch: 16, shuffle: false }, draw: byte, step: { cursor: 33, rows: 9 } },
  ],
};

export const gatherFloatProof: OpProof = {
  op: gatherFloat,
  exact: false,
  references: { "data/gather-f32": rows },
  cases: [
    { shapes: { data: [1, 1] }, attrs: { batch: 1 } },
    { shapes: { data: [7, 5, 5, 3] }, attrs: { batch: 4, scale: 0.5, shift: -1 }, step: { cursor: 2 } },
    { shapes: { data: [70, 131] }, attrs: { batch: 67 }, step: { ...far, cursor: 3, rows: 60 } },
    { shapes: { data: [40, 7] }, attrs: { batch: 16, shuffle: false }, step: { cursor: 33 } },
  ],
};

export const gatherIntegersProof: OpProof = {
  op: gatherIntegers,
  exact: false,
  references: {
    "data/gather-integers": (env) => {
      const { B, D } = env.sizes;
      for (let i = 0; i < B * D; i++) {
        const row = rowOf(env, Math.floor(i / D));
        env.out.x.put(i, row === undefined ? 0 : env.in.data[row * D + (i % D)]);
      }
    },
  },
  cases: [
    { shapes: { data: [1] }, attrs: { batch: 1 }, draw: { data: draws.integer(10) } },
    {
      shapes: { data: [97] },
      attrs: { batch: 65 },
      draw: { data: draws.integer(1000) },
      step: { cursor: 31, rows: 64 },
    },
    { shapes: { data: [200] }, attrs: { batch: 130 }, draw: { data: draws.integer(10) }, step: { ...far, cursor: 70 } },
    {
      shapes: { data: [50, 3] },
      attrs: { batch: 20, shuffle: false },
      draw: { data: draws.integer(10) },
      step: { cursor: 33 },
    },
    {
      shapes: { data: [23, 5, 7] },
      attrs: { batch: 9 },
      draw: { data: draws.integer(2 ** 16) },
      step: { ...far, cursor: 3, rows: 8 },
    },
  ],
};
