import { activations } from "../../src/ops/activation.js";
import { activationTangent } from "../../src/ops/activation-tangent.js";
import { ulp } from "./accuracy.js";
import { activate, activateGrad } from "./activation.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

const { exp, abs, sqrt, PI, max } = Math;
const sigmoid = (x: number): number => 1 / (1 + exp(-x));
const bell = (x: number): number => exp((-x * x) / 2) / sqrt(2 * PI);

/** The second derivative, by x alone. */
function second(kind: number, x: number, slope: number): number {
  const s = sigmoid(x);
  switch (kind) {
    case activations.elu:
      return x > 0 ? 0 : slope * exp(x);
    case activations.sigmoid:
      return s * (1 - s) * (1 - 2 * s);
    case activations.tanh:
      return -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2);
    case activations.silu:
      return s * (1 - s) * (2 + x * (1 - 2 * s));
    case activations.softplus:
      return s * (1 - s);
    case activations.gelu:
      return (2 - x * x) * bell(x);
    case activations["gelu-tanh"]: {
      const inner = 2 * sqrt(2 / PI);
      const gate = sigmoid(inner * (x + 0.044715 * x ** 3));
      const [first, bend] = [inner * (1 + 3 * 0.044715 * x * x), inner * 6 * 0.044715 * x];
      const slopeOfGate = gate * (1 - gate) * first;
      return 2 * slopeOfGate + x * (slopeOfGate * (1 - 2 * gate) * first + gate * (1 - gate) * bend);
    }
    case activations.exp:
      return exp(x);
    default:
      return 0;
  }
}

/** The derivative as the kernel has it, from x and a rounded y, and how far the rounding of y may move it. */
function first(kind: number, x: number, slope: number): { value: number; granted: number } {
  const y = activate(kind, x, slope);
  const at = activateGrad(kind, x, y.value, slope);
  const error = y.granted + 4 * ulp.one * abs(y.value);
  const moved = [-error, error].map((e) => abs(activateGrad(kind, x, y.value + e, slope).value - at.value));
  return { value: at.value, granted: at.granted + max(...moved) };
}

/** By how much the second derivative may be off: a few errors of the functions that it is made of, times the largest factor. */
const secondError = (kind: number, x: number, slope: number): number =>
  kind === activations.exp || kind === activations.elu
    ? activate(kind, x, slope).granted + 8 * ulp.one * abs(second(kind, x, slope))
    : (1 + x * x) *
      (8 * ulp.sigmoid(2 * x) + 32 * ulp.one * max(bell(x) * (1 + x * x), abs(second(kind, x, slope)), bell(x / 2)));

const kinds = Object.values(activations);
const kinked: readonly number[] = [activations.relu, activations["leaky-relu"], activations.elu];

export const activationTangentProof: OpProof = {
  op: activationTangent,
  exact: false,
  references: {
    "activation-tangent/forward": ({ in: { x, t }, out: { y }, sizes: { N, slope }, overrides: { KIND, HAS_T } }) => {
      for (let i = 0; i < N; i++) {
        const { value, granted } = first(KIND, x[i], slope);
        const along = HAS_T ? t[i] : 1;
        y.put(i, value * along, abs(value * along), 2, granted * abs(along));
      }
    },
    "activation-tangent/grad": (env) => {
      const { N, slope } = env.sizes;
      const { KIND, HAS_T } = env.overrides;
      const { x, t, dy } = env.in;
      for (let i = 0; i < N; i++) {
        const bend = second(KIND, x[i], slope);
        const both = (HAS_T ? t[i] : 1) * dy[i];
        env.out.dx.put(i, bend * both, abs(bend * both), 2, secondError(KIND, x[i], slope) * abs(both));
        const { value, granted } = first(KIND, x[i], slope);
        if (HAS_T) env.out.dt.put(i, value * dy[i], abs(value * dy[i]), 2, granted * abs(dy[i]));
      }
    },
  },
  cases: kinds.flatMap((kind): Case[] => {
    const x = kinked.includes(kind) ? draws.awayFromZero(0.05) : draws.uniform(-5, 5);
    return [[1], [3, 5], [2, 7, 13], [257]].map((shape, i) => ({
      shapes: { x: shape, ...(i === 2 ? {} : { t: shape }) },
      attrs: { kind, slope: kinked.includes(kind) ? 0.2 + 0.3 * i : 1 },
      draw: { x },
    }));
  }),
};
