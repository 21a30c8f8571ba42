import { Sum } from "../../src/graph/interpret.js";
import { gaussianRatio } from "../../src/ops/gaussian-ratio.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";

const { abs, exp } = Math;

/** (z - mu) / exp(logVar) and its error. */
function pull(far: number, logVar: number): { value: number; granted: number } {
  const c = -clampLogVar(logVar);
  return { value: far * exp(c), granted: abs(far) * ulp.exp(c) };
}

export const gaussianRatioProof: OpProof = {
  op: gaussianRatio,
  exact: false,
  references: {
    "gaussian-ratio/forward": ({ in: { z, p, q }, out: { ratio }, sizes: { B, L } }) => {
      for (let b = 0; b < B; b++) {
        const sum = new Sum();
        for (let l = 0; l < L; l++) {
          const mu = 2 * b * L + l;
          for (const [stats, sign] of [
            [q, 0.5],
            [p, -0.5],
          ] as const) {
            const far = z[b * L + l] - stats[mu];
            const { value, granted } = pull(far, stats[mu + L]);
            sum.add(sign * far * value, 0.5 * abs(far) * granted).add(sign * stats[mu + L]);
          }
        }
        ratio.putSum(b, sum);
      }
    },
    "gaussian-ratio/grad": ({ in: { z, p, q, dratio }, out: { dz, dp, dq }, sizes: { B, L } }) => {
      for (let i = 0; i < B * L; i++) {
        const b = Math.floor(i / L);
        const mu = i + b * L;
        const toZ = new Sum();
        for (const [stats, out, sign] of [
          [q, dq, -dratio[b]],
          [p, dp, dratio[b]],
        ] as const) {
          const far = z[i] - stats[mu];
          const { value, granted } = pull(far, stats[mu + L]);
          toZ.add(-sign * value, abs(sign) * granted);
          out.putSum(mu, new Sum().add(sign * value, abs(sign) * granted));
          const half = 0.5 * sign;
          out.putSum(mu + L, new Sum().add(half * value * far, abs(half * far) * granted).add(-half));
        }
        dz.putSum(i, toZ);
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
  ).map(([B, L]): Case => ({ shapes: { z: [B, L], p: [B, 2 * L], q: [B, 2 * L] } })),
};
