import { Sum } from "../../src/graph/interpret.js";
import { importance, priorRatio } from "../../src/ops/importance.js";
import { saturated, ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";

const { exp, log, abs, max, min } = Math;

export const priorRatioProof: OpProof = {
  op: priorRatio,
  exact: false,
  references: {
    "prior-ratio/forward": ({ in: { stats, z }, out: { ratio }, sizes: { B, L } }) => {
      for (let b = 0; b < B; b++) {
        const sum = new Sum();
        for (let l = 0; l < L; l++) {
          const [at, logVar] = [z[b * L + l], stats[(2 * b + 1) * L + l]];
          const [square, c] = [0.5 * (at - stats[2 * b * L + l]) ** 2, -clampLogVar(logVar)];
          sum.add(square * exp(c), square * ulp.exp(c)).add(0.5 * logVar);
          sum.add(-0.5 * at * at);
        }
        ratio.putSum(b, sum);
      }
    },
    "prior-ratio/grad": ({ in: { stats, z, dratio }, out: { dstats, dz }, sizes: { B, L } }) => {
      for (let i = 0; i < B * L; i++) {
        const b = Math.floor(i / L);
        const at = i + b * L;
        const up = dratio[b];
        const [d, c] = [z[i] - stats[at], -clampLogVar(stats[at + L])];
        const [e, error] = [d * exp(c), abs(d) * ulp.exp(c)];
        const put = (sum: Sum): [number, number, number, number] => [
          up * sum.value,
          abs(up) * sum.magnitude,
          sum.terms,
          abs(up) * sum.granted,
        ];
        dstats.put(at, ...put(new Sum().add(-e, error)));
        dstats.put(at + L, ...put(new Sum().add(0.5).add(-0.5 * e * d, 0.5 * error * abs(d))));
        dz.put(i, ...put(new Sum().add(e, error).add(-z[i])));
      }
    },
  },
  cases: (
    [
      [1, 1],
      [7, 5],
      [37, 19],
      [5, 67],
      [300, 2],
    ] as const
  ).map(([B, L]): Case => ({ shapes: { stats: [B, 2 * L], z: [B, L] } })),
};

const sized = (B: number, draws_: number, low: number, high: number): Case => ({
  shapes: { recon: [B * draws_], ratio: [B * draws_] },
  attrs: { draws: draws_ },
  draw: { recon: draws.uniform(low, high) },
});

export const importanceProof: OpProof = {
  op: importance,
  exact: false,
  references: {
    "importance/forward": ({ in: { recon, ratio }, out: { loss }, sizes: { B, K } }) => {
      for (let b = 0; b < B; b++) {
        const weights = Array.from({ length: K }, (_, k) => ratio[b * K + k] - recon[b * K + k]);
        const peak = max(...weights);
        let [total, error] = [0, 0];
        weights.forEach((w, k) => {
          const rounding = ulp.one * (abs(ratio[b * K + k]) + abs(recon[b * K + k]) + abs(w - peak));
          total += exp(w - peak);
          error += ulp.exp(w - peak) + rounding * exp(w - peak);
        });
        const value = -(peak + log(total / K));
        loss.put(
          b,
          saturated(value),
          abs(peak) + abs(log(total / K)),
          K,
          error / total + ulp.log(total / K) + 4 * ulp.one,
        );
      }
    },
    "importance/grad": ({ in: { recon, ratio, loss, dloss }, out: { drecon, dratio }, sizes: { B, K } }) => {
      for (let i = 0; i < B * K; i++) {
        const b = Math.floor(i / K);
        const at = ratio[i] - recon[i] + loss[b];
        const share = min(exp(at) / K, 1);
        const rounding = 2 * ulp.one * (abs(ratio[i]) + abs(recon[i]) + abs(loss[b]));
        const value = share * dloss[b];
        const granted = abs(dloss[b]) * (ulp.exp(at) / K + rounding * share + ulp.divide(share));
        drecon.put(i, value, abs(value), 2, granted);
        dratio.put(i, -value, abs(value), 2, granted);
      }
    },
  },
  cases: [sized(1, 1, 0, 1), sized(7, 5, 90, 95), sized(37, 10, 0, 3), sized(3, 130, 500, 520), sized(300, 2, 10, 11)],
};
