import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { reparameterize } from "../../src/ops/reparameterize.js";
import { streams } from "../../src/random/philox.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { normalDraw } from "./normal.js";

export const clampLogVar = (logVar: number): number => Math.min(Math.max(logVar, -30), 20);

/** exp(logVar / 2) and its error; its square has twice the relative one. */
function sigmaOf(logVar: number): { sigma: number; error: number } {
  const half = clampLogVar(logVar) / 2;
  return { sigma: Math.exp(half), error: ulp.exp(half) };
}

const noiseAt = ({ in: { eps }, overrides: { HAS_EPS }, step }: Env, i: number): { value: number; granted: number } =>
  HAS_EPS ? { value: eps[i], granted: 0 } : normalDraw(step, streams.reparameterize, i);

export const reparameterizeProof: OpProof = {
  op: reparameterize,
  exact: false,
  references: {
    "reparameterize/forward": (env) => {
      const {
        in: { stats },
        out: { z, kl },
        sizes: { B, L, temperature },
      } = env;
      for (let b = 0; b < B; b++) {
        const sum = new Sum();
        for (let l = 0; l < L; l++) {
          const [mu, logVar] = [stats[2 * b * L + l], stats[(2 * b + 1) * L + l]];
          const { sigma, error } = sigmaOf(logVar);
          const noise = noiseAt(env, b * L + l);
          const spread = temperature * sigma * noise.value;
          const granted = Math.abs(temperature) * (error * Math.abs(noise.value) + sigma * noise.granted);
          z.put(b * L + l, mu + spread, Math.abs(mu) + Math.abs(spread), 2, granted);
          sum
            .add(mu * mu * 0.5)
            .add(sigma * sigma * 0.5, sigma * error)
            .add(-0.5)
            .add(-logVar * 0.5);
        }
        kl.putSum(b, sum);
      }
    },
    "reparameterize/grad-stats": (env) => {
      const {
        in: { stats, dz, dkl },
        out: { dstats },
        sizes: { B, L, temperature },
      } = env;
      for (let i = 0; i < B * L; i++) {
        const b = Math.floor(i / L);
        const at = i + b * L;
        const { sigma, error } = sigmaOf(stats[at + L]);
        const noise = noiseAt(env, i);
        dstats.putSum(at, new Sum().add(dz[i]).add(dkl[b] * stats[at]));
        const factor = 0.5 * dz[i] * temperature;
        const sum = new Sum()
          .add(factor * sigma * noise.value, Math.abs(factor) * (error * Math.abs(noise.value) + sigma * noise.granted))
          .add(0.5 * dkl[b] * sigma * sigma, Math.abs(dkl[b]) * sigma * error)
          .add(-0.5 * dkl[b]);
        dstats.putSum(at + L, sum);
      }
    },
  },
  cases: [
    { shapes: { stats: [1, 2] } },
    { shapes: { stats: [3, 10], eps: [3, 5] } },
    { shapes: { stats: [5, 134] }, attrs: { temperature: 0.7 } },
    { shapes: { stats: [37, 38], eps: [37, 19] }, attrs: { temperature: 0 } },
    { shapes: { stats: [67, 18] }, step: { seed_low: 0x9abcdef0, seed_high: 0x12345, step: 70001 } },
    { shapes: { stats: [9, 130], eps: [9, 65] }, draw: { stats: draws.uniform(-9, 9) } },
  ],
};
