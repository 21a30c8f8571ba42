import type { Env, Values } from "../../src/graph/interpret.js";
import { dropout } from "../../src/ops/dropout.js";
import { streams, uniformAt } from "../../src/random/philox.js";
import type { OpProof } from "./contract.js";

function drop(
  { sizes: { N, site, p, factor }, step }: Env,
  from: Values,
  put: (i: number, value: number) => void,
): void {
  const seed = step.seed_low + step.seed_high * 2 ** 32;
  for (let i = 0; i < N; i++) {
    const kept = uniformAt(seed, streams.dropout + 16 * site, step.step, i) >= p;
    put(i, kept ? factor * from[i] : 0);
  }
}

export const dropoutProof: OpProof = {
  op: dropout,
  exact: true,
  references: {
    "dropout/forward": (env) => drop(env, env.in.x, (i, value) => env.out.y.put(i, value)),
    "dropout/grad-x": (env) => drop(env, env.in.dy, (i, value) => env.out.dx.put(i, value)),
  },
  cases: [
    { shapes: { x: [1] }, attrs: { p: 0.5 } },
    { shapes: { x: [3, 5] }, attrs: { p: 0 } },
    { shapes: { x: [7, 11, 13] }, attrs: { p: 0.1, site: 1 } },
    { shapes: { x: [1023] }, attrs: { p: 0.9 } },
    {
      shapes: { x: [41, 101] },
      attrs: { p: 0.3, site: 2 },
      step: { seed_low: 0x9abcdef0, seed_high: 0x12345, step: 70001 },
    },
  ],
};
