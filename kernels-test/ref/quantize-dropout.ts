import type { Env, Values } from "../../src/graph/interpret.js";
import { quantizeDropout } from "../../src/ops/quantize-dropout.js";
import { draw, streams, toUniform } from "../../src/random/philox.js";
import type { OpProof } from "./contract.js";

function drop(
  { sizes: { N, Q, level, site, p }, step }: Env,
  from: Values,
  put: (i: number, value: number) => void,
): void {
  const seed = step.seed_low + step.seed_high * 2 ** 32;
  const words = draw(seed, streams.dropout + 16 * site, step.step, 0);
  const kept = toUniform(words[0]) < p ? 1 + (words[1] % Q) : Q;
  for (let i = 0; i < N; i++) put(i, level < kept ? from[i] : 0);
}

export const quantizeDropoutProof: OpProof = {
  op: quantizeDropout,
  exact: true,
  references: {
    "quantize-dropout/forward": (env) => drop(env, env.in.x, (i, value) => env.out.y.put(i, value)),
    "quantize-dropout/grad-x": (env) => drop(env, env.in.dy, (i, value) => env.out.dx.put(i, value)),
  },
  cases: [
    { shapes: { x: [1] }, attrs: { p: 0.5, quantizers: 4, level: 0 } },
    { shapes: { x: [3, 5] }, attrs: { p: 0, quantizers: 3, level: 2 } },
    { shapes: { x: [257, 3] }, attrs: { p: 1, quantizers: 5, level: 1, site: 1 } },
    { shapes: { x: [7, 11, 13] }, attrs: { p: 1, quantizers: 5, level: 4, site: 2 }, step: { step: 70001 } },
    { shapes: { x: [41, 7] }, attrs: { p: 0.5, quantizers: 2, level: 1 }, step: { seed_high: 0x12345, step: 4 } },
  ],
};
