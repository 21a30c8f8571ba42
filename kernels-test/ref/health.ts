import { Sum } from "../../src/graph/interpret.js";
import { gradientNorm, latentHealth } from "../../src/ops/health.js";
import { saturated, ulp } from "./accuracy.js";
import { clipNormProof } from "./clip-norm.js";
import type { Case, Draw, OpProof } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";

const UNIT = 2 ** -90;
const extreme: Draw = (_, i) => [0, -0, 1e-40, 1e-3, 88.9, -104, 4e13, 3.4e38][i % 8] as number;

export const gradientNormProof: OpProof = {
  op: gradientNorm,
  exact: false,
  references: {
    "clip-norm/partials": clipNormProof.references["clip-norm/partials"],
    "monitor/norm": ({ in: { partials }, out: { norm } }) => {
      const total = new Sum();
      for (let k = 0; k < 256; k++) total.add(partials[k]).add(partials[256 + k] / UNIT / UNIT);
      const length = saturated(Math.sqrt(total.value));
      norm.put(0, length, length, total.terms, ulp.sqrt(length));
    },
  },
  cases: [
    { shapes: { dw: [1] } },
    { shapes: { dw: [257] }, draw: { dw: () => 0 } },
    { shapes: { dw: [70001] } },
    { shapes: { dw: [777] }, draw: { dw: extreme } },
    { shapes: { dw: [300] }, draw: { dw: () => 1e20 } },
  ],
};

/** Dimensions of their own means and spreads; beyond `rows` there is what must not count. */
const sized = (B: number, L: number, rows = B): Case => ({
  shapes: { stats: [B, 2 * L] },
  draw: { stats: (r, i) => (Math.floor(i / (2 * L)) >= rows ? 1e30 : r.normal() + (i % 3)) },
  step: { rows },
});

export const latentHealthProof: OpProof = {
  op: latentHealth,
  exact: false,
  references: {
    "monitor/latent": ({ in: { stats }, out: { y }, sizes: { B, L }, step }) => {
      const rows = Math.min(step.rows, B);
      const share = 1 / Math.max(rows, 1);
      for (let l = 0; l < L; l++) {
        const [kl, mean, spread] = [new Sum(), new Sum(), new Sum()];
        for (let b = 0; b < rows; b++) {
          const [mu, logVar] = [stats[2 * b * L + l], stats[(2 * b + 1) * L + l]];
          const c = clampLogVar(logVar);
          kl.add(0.5 * share * mu * mu).add(0.5 * share * Math.exp(c), 0.5 * share * ulp.exp(c));
          kl.add(-0.5 * share).add(-0.5 * share * logVar);
          mean.add(share * mu);
        }
        const slack = 2 ** -21 * mean.magnitude;
        for (let b = 0; b < rows; b++) {
          const from = stats[2 * b * L + l] - mean.value;
          spread.add(share * from * from, share * slack * (2 * Math.abs(from) + slack));
        }
        y.putSum(l, kl);
        y.putSum(L + l, mean);
        y.putSum(2 * L + l, spread);
      }
    },
  },
  cases: [sized(1, 1), sized(7, 5), sized(37, 19, 20), sized(300, 6, 131), sized(64, 66), sized(128, 2)],
};
