import type { Env, Values } from "../../src/graph/interpret.js";
import { corrupt, corruptions, hidden } from "../../src/ops/corrupt.js";
import { permute } from "../../src/random/permutation.js";
import { draw, streams, uniformAt } from "../../src/random/philox.js";
import type { Case, OpProof } from "./contract.js";
import { normalDraw } from "./normal.js";

const seedOf = ({ step }: Env): number => step.seed_low + step.seed_high * 2 ** 32;

/** Whether element i of [B,H,W,C] lies in a hidden patch. */
function inHiddenPatch(env: Env, i: number): boolean {
  const { H, W, C, P, hidden } = env.sizes;
  const pixel = Math.floor(i / C);
  const [b, h, w] = [Math.floor(pixel / (H * W)), Math.floor(pixel / W) % H, pixel % W];
  const [down, across] = [Math.ceil(H / P), Math.ceil(W / P)];
  const number = Math.floor(h / P) * across + Math.floor(w / P);
  const [first, second] = draw(seedOf(env), streams.corruption, env.step.step, b);
  return permute(number, down * across, first, second) < hidden;
}

/** What an element is replaced by; nothing where it is kept. */
function replacement(env: Env, i: number): number | undefined {
  const { sizes, overrides, step } = env;
  if (overrides.KIND === corruptions.gaussian) return undefined;
  if (overrides.KIND === corruptions.patch) return inHiddenPatch(env, i) ? 0 : undefined;
  const u = uniformAt(seedOf(env), streams.corruption, step.step, i);
  if (u >= sizes.amount) return undefined;
  return overrides.KIND === corruptions.saltPepper && u >= sizes.amount / 2 ? 1 : 0;
}

function keep(env: Env, from: Values, put: (i: number, value: number) => void): void {
  for (let i = 0; i < env.sizes.N; i++) put(i, replacement(env, i) === undefined ? from[i] : 0);
}

const far = { seed_low: 0x9abcdef0, seed_high: 0x12345, step: 70001 };
const elementwise = (kind: number, attr: string): Case[] => [
  { shapes: { x: [1, 1] }, attrs: { kind, [attr]: 0.5 } },
  { shapes: { x: [3, 5] }, attrs: { kind, [attr]: 0 } },
  { shapes: { x: [3, 7, 11, 2] }, attrs: { kind, [attr]: 0.25 } },
  { shapes: { x: [11, 101] }, attrs: { kind, [attr]: 1 } },
  { shapes: { x: [41, 101] }, attrs: { kind, [attr]: 0.3 }, step: far },
];

const patches: readonly Case[] = [
  { shapes: { x: [1, 1, 1, 1] }, attrs: { kind: corruptions.patch, patch: 1, ratio: 1 } },
  { shapes: { x: [3, 8, 12, 1] }, attrs: { kind: corruptions.patch, patch: 4, ratio: 0.5 } },
  { shapes: { x: [2, 9, 7, 3] }, attrs: { kind: corruptions.patch, patch: 4, ratio: 0.75 } },
  { shapes: { x: [9, 28, 28, 1] }, attrs: { kind: corruptions.patch, patch: 7, ratio: 0.6 }, step: far },
  { shapes: { x: [3, 5, 19, 2] }, attrs: { kind: corruptions.patch, patch: 2, ratio: 0 } },
];

export const corruptProof: OpProof = {
  op: corrupt,
  exact: false,
  references: {
    "corrupt/forward": (env) => {
      const {
        in: { x },
        out: { y },
        sizes: { N, amount },
        overrides: { KIND },
      } = env;
      for (let i = 0; i < N; i++) {
        if (KIND === corruptions.gaussian) {
          const { value, granted } = normalDraw(env.step, streams.corruption, i);
          y.put(i, x[i] + amount * value, Math.abs(x[i]) + Math.abs(amount * value), 2, amount * granted);
        } else y.put(i, replacement(env, i) ?? x[i]);
      }
    },
    "corrupt/grad-x": (env) => keep(env, env.in.dy, (i, value) => env.out.dx.put(i, value)),
  },
  cases: [
    ...elementwise(corruptions.gaussian, "sigma"),
    ...elementwise(corruptions.masking, "p"),
    ...elementwise(corruptions.saltPepper, "p"),
    ...patches,
  ],
};

export const hiddenProof: OpProof = {
  op: hidden,
  exact: true,
  references: {
    "corrupt/hidden": (env) => {
      for (let i = 0; i < env.sizes.N; i++) env.out.y.put(i, replacement(env, i) === undefined ? 0 : 1);
    },
  },
  cases: [...elementwise(corruptions.masking, "p"), ...elementwise(corruptions.saltPepper, "p"), ...patches],
};
