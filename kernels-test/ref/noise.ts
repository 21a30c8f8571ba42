import { noise } from "../../src/ops/noise.js";
import { streams } from "../../src/random/philox.js";
import type { OpProof } from "./contract.js";
import { normalDraw } from "./normal.js";

export const noiseProof: OpProof = {
  op: noise,
  exact: false,
  references: {
    "noise/forward": ({ out: { y }, sizes: { N, stream, temperature }, step }) => {
      for (let i = 0; i < N; i++) {
        const { value, granted } = normalDraw(step, stream, i);
        y.put(i, temperature * value, Math.abs(temperature * value), 1, Math.abs(temperature) * granted);
      }
    },
  },
  cases: [
    { shapes: {}, attrs: { rows: 1, width: 1 } },
    { shapes: {}, attrs: { rows: 3, width: 5, temperature: 0.7 } },
    { shapes: {}, attrs: { rows: 31, width: 33, stream: streams.test } },
    {
      shapes: {},
      attrs: { rows: 64, width: 65, temperature: 0 },
    },
    { shapes: {}, attrs: { rows: 41, width: 101 }, step: { seed_low: 0x9abcdef0, seed_high: 0x12345, step: 70001 } },
  ],
};
