import type { Env, Reference } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import type { Case } from "./contract.js";

/** The twin of a row loss: `add` gives the accumulator the terms of element i. */
export function rowSums(add: (sum: Sum, i: number, env: Env) => void): Reference {
  return (env) => {
    const { B, N } = env.sizes;
    for (let b = 0; b < B; b++) {
      const sum = new Sum();
      for (let n = 0; n < N; n++) add(sum, b * N + n, env);
      env.out.loss.putSum(b, sum);
    }
  };
}

/** The twin of an elementwise gradient: `terms` adds up d(loss)/d(input) of element i for an incoming gradient of 1. */
export function rowGradient(name: string, terms: (sum: Sum, i: number, env: Env) => void): Reference {
  return (env) => {
    const { B, N } = env.sizes;
    for (let i = 0; i < B * N; i++) {
      const dloss = env.in.dloss[Math.floor(i / N)];
      const sum = new Sum();
      terms(sum, i, env);
      env.out[name].put(
        i,
        dloss * sum.value,
        Math.abs(dloss) * sum.magnitude,
        sum.terms,
        Math.abs(dloss) * sum.granted,
      );
    }
  };
}

/** Shapes of x and t that straddle a workgroup's 64 lanes and 256 threads. */
export const rowShapes: readonly (readonly number[])[] = [
  [1, 1],
  [3, 7],
  [5, 64],
  [2, 5, 13],
  [3, 1, 17, 19],
  [131, 3],
];

/** A case for each shape, all inputs alike. */
export const rowCases = (inputs: readonly string[], rest: Omit<Case, "shapes"> = {}): Case[] =>
  rowShapes.map((shape) => ({ shapes: Object.fromEntries(inputs.map((name) => [name, shape])), ...rest }));
