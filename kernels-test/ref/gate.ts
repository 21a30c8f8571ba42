import type { Env } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { gate } from "../../src/ops/gate.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";

const { abs, exp, tanh } = Math;
const sigmoid = (v: number): number => 1 / (1 + exp(-v));

/** Errors of the halves: the built-ins' own, and the slope times the rounding of the argument, which may be a sum. */
const tanhError = (u: number): number => 4 * ulp.sigmoid(2 * abs(u)) * Math.min(1, abs(u));
const sigmoidError = (v: number): number => ulp.sigmoid(v);

/** u and v of element i of y, and what adding the condition rounds off each. */
function halves({ in: { x, condition }, sizes: { P, C }, overrides: { HAS_CONDITION } }: Env, i: number) {
  const [pixel, c] = [Math.floor(i / C), i % C];
  const [at, of] = [2 * C * pixel + c, 2 * C * Math.floor(pixel / P) + c];
  const add = HAS_CONDITION === 0 ? [0, 0] : [condition[of], condition[of + C]];
  return {
    at,
    of,
    u: x[at] + add[0],
    v: x[at + C] + add[1],
    roundU: ulp.one * (abs(x[at]) + abs(add[0])),
    roundV: ulp.one * (abs(x[at + C]) + abs(add[1])),
  };
}

/** tanh(u) sigmoid(v) and the error it is granted. */
export function gated(u: number, v: number, roundU: number, roundV: number): { value: number; granted: number } {
  const [t, s] = [tanh(u), sigmoid(v)];
  const granted =
    s * (tanhError(u) + (1 - t * t) * roundU) +
    abs(t) * (sigmoidError(v) + s * (1 - s) * roundV) +
    ulp.one * abs(t * s);
  return { value: t * s, granted };
}

/** dx at both halves of element i of y, with what each is granted. */
function gradients(env: Env, i: number) {
  const { at, of, u, v, roundU, roundV } = halves(env, i);
  const [t, s, dy] = [tanh(u), sigmoid(v), env.in.dy[i]];
  const [dt, ds] = [1 - t * t, s * (1 - s)];
  const [tError, sError] = [tanhError(u) + dt * roundU, sigmoidError(v) + ds * roundV];
  return {
    at,
    of,
    first: dy * dt * s,
    firstError: abs(dy) * (s * (2 * abs(t) * tError + 2 * ulp.one * dt) + dt * sError + ulp.one * dt * s),
    second: dy * t * ds,
    secondError: abs(dy) * (ds * tError + abs(t) * ((1 + 2 * s) * sError + 2 * ulp.one * ds)),
  };
}

const sized = (pixels: readonly number[], B: number, C: number, conditioned: boolean): Case => ({
  shapes: { x: [B, ...pixels, 2 * C], ...(conditioned && { condition: [B, 2 * C] }) },
});

export const gateProof: OpProof = {
  op: gate,
  exact: false,
  references: {
    "gate/forward": (env) => {
      for (let i = 0; i < env.out.y.value.length; i++) {
        const { u, v, roundU, roundV } = halves(env, i);
        const { value, granted } = gated(u, v, roundU, roundV);
        env.out.y.put(i, value, abs(value), 1, granted);
      }
    },
    "gate/grad-x": (env) => {
      const { dx } = env.out;
      for (let i = 0; i < env.in.dy.length; i++) {
        const { at, first, firstError, second, secondError } = gradients(env, i);
        dx.put(at, first, abs(first), 1, firstError);
        dx.put(at + env.sizes.C, second, abs(second), 1, secondError);
      }
    },
    "gate/grad-condition": (env) => {
      const { B, C } = env.sizes;
      const sums = Array.from({ length: 2 * B * C }, () => new Sum());
      for (let i = 0; i < env.in.dy.length; i++) {
        const { of, first, firstError, second, secondError } = gradients(env, i);
        sums[of].add(first, firstError);
        sums[of + C].add(second, secondError);
      }
      sums.forEach((sum, j) => {
        env.out.dcondition.putSum(j, sum);
      });
    },
  },
  cases: [
    sized([], 1, 1, false),
    sized([1], 3, 5, true),
    sized([3, 5], 2, 7, true),
    sized([4, 3], 3, 8, false),
    sized([7, 11], 2, 9, true),
    sized([131], 3, 33, true),
  ],
};
