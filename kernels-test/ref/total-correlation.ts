import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { totalCorrelation } from "../../src/ops/total-correlation.js";
import { saturated, ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";

const { exp, log, abs, max, min, sqrt } = Math;
const rowsOf = ({ step, sizes }: Env): number => min(step.rows, sizes.B);

/** log N(z; mu, exp(logVar)), as the parts that are added up. */
function density(z: number, mu: number, logVar: number): Sum {
  const [square, c] = [0.5 * (z - mu) ** 2, -clampLogVar(logVar)];
  return new Sum()
    .add(-square * exp(c), square * ulp.exp(c))
    .add(-0.5 * logVar)
    .add(-0.5 * log(2 * Math.PI));
}

/** How far a float32 sum may lie from its value. */
const errorOf = (sum: Sum): number => (8 + 4 * sqrt(sum.terms)) * ulp.one * sum.magnitude + sum.granted;

/** log sum exp of values with errors of their own, and its error. */
function logSum(values: readonly { value: number; error: number }[]): { value: number; error: number } {
  const peak = max(...values.map((v) => v.value));
  let [total, error] = [0, 0];
  for (const v of values) {
    const far = v.value - peak;
    total += exp(far);
    error += ulp.exp(far) + exp(far) * (v.error + 2 * ulp.one * (abs(v.value) + abs(peak)));
  }
  const result = peak + log(total);
  const logError = total < 1.5 ? ulp.polynomial : ulp.log(total);
  return { value: result, error: error / total + logError + 4 * ulp.one * (abs(peak) + abs(log(total))) };
}

/** What an element of the objective's derivative by log N(z_i; mu_j) along l is made of, parts that are added up. */
function shares(env: Env, i: number, j: number, l: number): { readonly value: number; readonly error: number }[] {
  const { B, L } = env.sizes;
  const { stats, z, joint, marginal, mixed, dterms } = env.in;
  const [dmi, dtc, dkl] = [0, 1, 2].map((k) => dterms[k * B + i]);
  const own = density(z[i * L + l], stats[2 * j * L + l], stats[(2 * j + 1) * L + l]);
  const weigh = (factor: number, at: number, rounding: number): { value: number; error: number } => {
    const weight = min(exp(at), 1);
    return { value: factor * weight, error: abs(factor) * (ulp.exp(at) + rounding * weight) };
  };
  const together = joint[i * B + j] - mixed[i];
  const apart = own.value - marginal[i * L + l];
  return [
    weigh(dtc - dmi, together, 2 * ulp.one * (abs(joint[i * B + j]) + abs(mixed[i]))),
    weigh(dkl - dtc, apart, errorOf(own) + 2 * ulp.one * (abs(own.value) + abs(marginal[i * L + l]))),
    ...(i === j ? [{ value: dmi, error: 0 }] : []),
  ];
}

const sized = (B: number, L: number, rows: number, step: Case["step"] = {}): Case => ({
  shapes: { stats: [B, 2 * L], z: [B, L] },
  attrs: { rows },
  draw: { stats: (r, i) => (i % (2 * L) < L ? 1 : 0.5) * r.normal() },
  step,
});

export const totalCorrelationProof: OpProof = {
  op: totalCorrelation,
  exact: false,
  references: {
    "total-correlation/joint": ({ in: { stats, z }, out: { joint }, sizes: { B, L } }) => {
      for (let i = 0; i < B; i++)
        for (let j = 0; j < B; j++) {
          const sum = new Sum();
          for (let l = 0; l < L; l++) {
            const part = density(z[i * L + l], stats[2 * j * L + l], stats[(2 * j + 1) * L + l]);
            sum.add(part.value, errorOf(part));
          }
          joint.put(i * B + j, saturated(sum.value), sum.magnitude, sum.terms, sum.granted);
        }
    },
    "total-correlation/marginal": (env) => {
      const { B, L } = env.sizes;
      const { stats, z } = env.in;
      for (let at = 0; at < B * L; at++) {
        const l = at % L;
        const parts = Array.from({ length: max(rowsOf(env), 1) }, (_, j) => {
          const part = density(z[at], stats[2 * j * L + l], stats[(2 * j + 1) * L + l]);
          return { value: part.value, error: errorOf(part) };
        });
        const { value, error } = logSum(parts);
        env.out.marginal.put(at, saturated(value), abs(value), 1, error);
      }
    },
    "total-correlation/forward": (env) => {
      const { B, L, N } = env.sizes;
      const { z, joint, marginal } = env.in;
      const rows = max(rowsOf(env), 1);
      const shift = log(N * rows);
      const shiftError = ulp.log(N * rows) + 2 * ulp.one;
      for (let i = 0; i < B; i++) {
        const known = Array.from({ length: rows }, (_, j) => ({ value: joint[i * B + j], error: 0 }));
        const { value: together, error } = logSum(known);
        env.out.mixed.put(i, saturated(together), abs(together), 1, error);
        const aggregate = new Sum().add(together, error).add(-shift, shiftError);
        const product = new Sum();
        const prior = new Sum();
        for (let l = 0; l < L; l++) {
          product.add(marginal[i * L + l]).add(-shift, shiftError);
          const part = density(z[i * L + l], 0, 0);
          prior.add(part.value, errorOf(part));
        }
        const put = (k: number, a: Sum, b: Sum): void => {
          if (i >= env.step.rows) env.out.terms.put(k * B + i, 0);
          else
            env.out.terms.put(
              k * B + i,
              a.value - b.value,
              a.magnitude + b.magnitude,
              a.terms + b.terms,
              a.granted + b.granted,
            );
        };
        put(0, new Sum().add(joint[i * B + i]), aggregate);
        put(1, aggregate, product);
        put(2, product, prior);
      }
    },
    "total-correlation/grad-z": (env) => {
      const { B, L } = env.sizes;
      const { stats, z, dterms } = env.in;
      for (let at = 0; at < B * L; at++) {
        const [i, l] = [Math.floor(at / L), at % L];
        if (i >= rowsOf(env)) {
          env.out.dz.put(at, 0);
          continue;
        }
        const sum = new Sum().add(dterms[2 * B + i] * z[at]);
        for (let j = 0; j < rowsOf(env); j++) {
          const [d, c] = [z[at] - stats[2 * j * L + l], -clampLogVar(stats[(2 * j + 1) * L + l])];
          const slope = d * exp(c);
          for (const { value, error } of shares(env, i, j, l))
            sum.add(-value * slope, error * abs(slope) + abs(value) * abs(d) * ulp.exp(c));
        }
        env.out.dz.putSum(at, sum);
      }
    },
    "total-correlation/grad-stats": (env) => {
      const { B, L } = env.sizes;
      const { stats, z } = env.in;
      for (let at = 0; at < B * L; at++) {
        const [j, l] = [Math.floor(at / L), at % L];
        const [mu, c] = [stats[at + j * L], -clampLogVar(stats[at + j * L + L])];
        const [sumMu, sumLogVar] = [new Sum(), new Sum()];
        for (let i = 0; i < rowsOf(env) && j < rowsOf(env); i++) {
          const d = z[i * L + l] - mu;
          const [e, rounding] = [d * exp(c), abs(d) * ulp.exp(c)];
          for (const { value, error } of shares(env, i, j, l)) {
            sumMu.add(value * e, error * abs(e) + abs(value) * rounding);
            sumLogVar.add(0.5 * value * e * d, 0.5 * (error * abs(e * d) + abs(value * d) * rounding));
            sumLogVar.add(-0.5 * value, 0.5 * error);
          }
        }
        env.out.dstats.putSum(at + j * L, sumMu);
        env.out.dstats.putSum(at + j * L + L, sumLogVar);
      }
    },
  },
  cases: [
    sized(1, 1, 1),
    sized(7, 5, 100),
    sized(19, 3, 60_000, { rows: 11 }),
    sized(5, 67, 1000),
    sized(70, 2, 5000, { rows: 66 }),
  ],
};
