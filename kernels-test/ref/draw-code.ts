import type { Values } from "../../src/graph/interpret.js";
import { drawCode } from "../../src/ops/draw-code.js";
import { streams, uniformAt } from "../../src/random/philox.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

export interface DrawSettings {
  readonly temperature: number;
  /** 0: all. */
  readonly topK: number;
  readonly topP: number;
}

/** What a draw from logits x[first], ..., x[first + K - 1] gives each code, before it is divided by the sum: 0 to those beyond
 * the edges. In words of its own: sorted, not bisected. */
export function shares(x: Values | ArrayLike<number>, first: number, K: number, settings: DrawSettings): number[] {
  const { temperature, topK, topP } = settings;
  const logits = Array.from({ length: K }, (_, k) => x[first + k]);
  const sorted = [...logits].sort((a, b) => b - a);
  const peak = sorted[0];
  const share = (v: number): number => {
    const d = (v - peak) / Math.max(temperature, 1e-20);
    return d < -80 ? 0 : Math.exp(d);
  };
  let edge = topK > 0 && topK < K ? sorted[topK - 1] : Number.NEGATIVE_INFINITY;
  if (topP < 1) {
    const kept = sorted.filter((v) => v >= edge);
    const enough = topP * kept.reduce((sum, v) => sum + share(v), 0);
    let sum = 0;
    for (const v of kept) {
      if (sum >= enough && v < edge) break;
      sum += share(v);
      edge = v;
    }
  }
  return logits.map((v) => (v >= edge ? share(v) : 0));
}

export const drawCodeProof: OpProof = {
  op: drawCode,
  exact: false,
  references: {
    "ancestral/draw": ({ in: { x }, out: { codes }, sizes: { B, P, N, K, stream }, step }) => {
      const seed = step.seed_low + step.seed_high * 2 ** 32;
      for (let b = 0; b < B; b++) {
        const settings = { temperature: step.temperature, topK: step.top_k, topP: step.top_p };
        const all = shares(x, (b * P + (step.pixel % P)) * K, K, settings);
        const u = uniformAt(seed, stream, step.pixel, step.cursor + b);
        const target = u * all.reduce((a, v) => a + v, 0);
        let sum = 0;
        const drawn = all.findIndex((v) => {
          sum += v;
          return target < sum;
        });
        codes.put(b * N + step.pixel, drawn);
      }
    },
  },
  cases: drawCases(),
};

function drawCases(): Case[] {
  const far = { seed_low: 0x9abcdef0, seed_high: 0x12345 };
  const wide = { x: draws.uniform(-4, 4) };
  return [
    { shapes: { x: [1, 1], codes: [1, 1] } },
    { shapes: { x: [7, 5], codes: [7, 12] }, step: { pixel: 11, cursor: 3 } },
    { shapes: { x: [65, 67], codes: [65, 9] }, step: { ...far, pixel: 4, temperature: 0.7 } },
    { shapes: { x: [5, 6, 130], codes: [5, 6] }, draw: wide, step: { pixel: 5, top_k: 3 } },
    { shapes: { x: [33, 300], codes: [33, 3] }, draw: wide, step: { pixel: 1, top_p: 0.6, cursor: 70 } },
    {
      shapes: { x: [9, 517], codes: [9, 2] },
      draw: wide,
      attrs: { stream: streams.conditionedPrior },
      step: { ...far, temperature: 1.5, top_k: 40, top_p: 0.9, pixel: 1 },
    },
    { shapes: { x: [21, 64], codes: [21, 2] }, step: { temperature: 0 } },
    // Equal logits at the edge: all of them stay.
    { shapes: { x: [40, 12], codes: [40, 1] }, draw: { x: (_, i) => -((i % 12) >> 2) }, step: { top_k: 2 } },
    { shapes: { x: [40, 12], codes: [40, 1] }, draw: { x: (_, i) => -((i % 12) >> 1) }, step: { top_p: 0.5 } },
  ];
}
