import { activation, activations } from "../../src/ops/activation.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { erf } from "./math.js";

const { exp, log1p, tanh, abs, sqrt, PI } = Math;
const sigmoid = (x: number): number => 1 / (1 + exp(-x));
const cdf = (x: number): number => 0.5 * (1 + erf(x / Math.SQRT2));
const gateArgument = (x: number): number => 2 * sqrt(2 / PI) * (x + 0.044715 * x ** 3);
const gate = (x: number): number => sigmoid(gateArgument(x));
/** The gate's error: the sigmoid's own, and its slope times the rounding of the argument (5 operations). */
const gateError = (x: number): number => {
  const z = gateArgument(x);
  return ulp.sigmoid(z) + 5 * ulp.one * abs(z) * sigmoid(z) * sigmoid(-z);
};
/** exp(-x^2 / 2): the built-in's error and that of the rounded square. */
const bellError = (x: number): number => ulp.exp((-x * x) / 2) + ulp.one * x * x * exp((-x * x) / 2);

/** The value of an activation and the absolute error that WGSL's accuracy table grants its built-ins. */
export function activate(kind: number, x: number, slope: number): { value: number; granted: number } {
  const of = (value: number, granted = 0): { value: number; granted: number } => ({ value, granted });
  switch (kind) {
    case activations.relu:
      return of(Math.max(x, 0));
    case activations["leaky-relu"]:
      return of(x > 0 ? x : slope * x);
    case activations.elu:
      return of(x > 0 ? x : slope * Math.expm1(x), x > 0 ? 0 : ulp.exp(x) * abs(slope));
    case activations.sigmoid:
      return of(sigmoid(x), ulp.sigmoid(x));
    case activations.tanh:
      return of(tanh(x), 4 * ulp.sigmoid(2 * x) * Math.min(1, abs(x)));
    case activations.silu:
      return of(x * sigmoid(x), abs(x) * ulp.sigmoid(x));
    case activations.softplus:
      return of(x > 20 ? x : log1p(exp(x)), x > 20 ? 0 : ulp.exp(x) / (1 + exp(x)) + ulp.log(1 + exp(x)));
    case activations.gelu:
      return of(x * cdf(x), abs(x) * (bellError(x) + ulp.polynomial));
    case activations["gelu-tanh"]:
      return of(x * gate(x), abs(x) * gateError(x));
    case activations.exp:
      return of(Math.min(exp(x), 3.4028234663852886e38), ulp.exp(Math.min(x, 88.72)));
    default:
      return of(x);
  }
}

/** dy/dx from x, and from y where the kernel uses y. */
export function activateGrad(kind: number, x: number, y: number, slope: number): { value: number; granted: number } {
  const of = (value: number, granted = 0): { value: number; granted: number } => ({ value, granted });
  switch (kind) {
    case activations.relu:
      return of(y > 0 ? 1 : 0);
    case activations["leaky-relu"]:
      return of(y > 0 ? 1 : slope);
    case activations.elu:
      return of(y > 0 ? 1 : y + slope);
    case activations.sigmoid:
      return of(y * (1 - y));
    case activations.tanh:
      return of((1 - y) * (1 + y));
    case activations.silu: {
      const s = sigmoid(x);
      return of(s + x * s * (1 - s), (1 + abs(x)) * ulp.sigmoid(x) + abs(x) * ulp.one);
    }
    case activations.softplus:
      return of(-Math.expm1(-y), ulp.exp(-y));
    case activations.gelu:
      return of(cdf(x) + (x * exp((-x * x) / 2)) / sqrt(2 * PI), (1 + abs(x)) * bellError(x) + ulp.polynomial);
    case activations["gelu-tanh"]: {
      const s = gate(x);
      const inner = 2 * sqrt(2 / PI);
      const slopeOfGate = inner + 3 * 0.044715 * inner * x * x;
      return of(s + x * s * (1 - s) * slopeOfGate, (1 + abs(x) * slopeOfGate) * (gateError(x) + ulp.one * s));
    }
    case activations.exp:
      return of(y);
    default:
      return of(1);
  }
}

const kinds = Object.values(activations).filter((k) => k !== activations.none);
const kinked: readonly number[] = [activations.relu, activations["leaky-relu"], activations.elu];

export const activationProof: OpProof = {
  op: activation,
  exact: false,
  references: {
    "activation/forward": ({ in: { x }, out: { y }, sizes: { N, slope }, overrides: { KIND } }) => {
      for (let i = 0; i < N; i++) {
        const { value, granted } = activate(KIND, x[i], slope);
        y.put(i, value, abs(value), 1, granted);
      }
    },
    "activation/grad-x": ({ in: { x, y, dy }, out: { dx }, sizes: { N, slope }, overrides: { KIND } }) => {
      for (let i = 0; i < N; i++) {
        const { value, granted } = activateGrad(KIND, x[i], y[i], slope);
        dx.put(i, dy[i] * value, abs(dy[i] * value), 1, abs(dy[i]) * granted);
      }
    },
  },
  cases: kinds.flatMap((kind): Case[] => {
    const x = kinked.includes(kind) ? draws.awayFromZero(0.05) : draws.uniform(-6, 6);
    return [[1], [3, 5], [7, 11, 13], [255], [257]].map((shape, i) => ({
      shapes: { x: shape },
      attrs: {
        kind,
        slope: kind === activations["leaky-relu"] ? 0.1 * (i + 1) : kind === activations.elu ? 1 + 0.3 * i : 1,
      },
      draw: { x },
    }));
  }),
};
