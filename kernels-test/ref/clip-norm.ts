import { Sum } from "../../src/graph/interpret.js";
import { clipNorm } from "../../src/ops/clip-norm.js";
import { ulp } from "./accuracy.js";
import type { Draw, OpProof } from "./contract.js";

const LARGE = 2 ** 45;
const UNIT = 2 ** -90;
const MAX = 3.4028234663852886e38;

/** Gradients of every size, the largest float too. */
const extreme: Draw = (_, i) => [0, -0, 1e-40, 1e-3, 88.9, -104, 4e13, 3.4e38][i % 8] as number;

export const clipNormProof: OpProof = {
  op: clipNorm,
  exact: false,
  references: {
    "clip-norm/partials": ({ in: { dw }, out: { partials }, sizes: { N } }) => {
      for (let group = 0; group < 256; group++) {
        const [small, large] = [new Sum(), new Sum()];
        for (let start = group * 256; start < N; start += 65536)
          for (let i = start; i < Math.min(N, start + 256); i++)
            if (Math.abs(dw[i]) > LARGE) large.add((dw[i] * UNIT) ** 2);
            else small.add(dw[i] ** 2);
        partials.putSum(group, small);
        partials.putSum(256 + group, large);
      }
    },
    "clip-norm/scale": ({ in: { partials, dw }, out: { dw: clipped, norm }, sizes: { N, maxNorm } }) => {
      const total = new Sum();
      for (let k = 0; k < 256; k++) total.add(partials[k]).add(partials[256 + k] / UNIT / UNIT);
      const length = Math.sqrt(total.value);
      norm.put(0, Math.min(length, MAX), Math.min(length, MAX), total.terms, ulp.sqrt(Math.min(length, MAX)));
      const factor = maxNorm / (length + 1e-6);
      if (factor >= 1) return;
      for (let i = 0; i < N; i++) {
        const value = dw[i] * factor;
        // A unit of 2^-90 takes what is smaller by another 36 binary orders below the smallest float.
        const lost = length > LARGE ? (2 ** -126 / UNIT) * factor : 0;
        clipped.put(i, value, Math.abs(value), total.terms, ulp.sqrt(value) + ulp.divide(value) + lost);
      }
    },
  },
  cases: [
    { shapes: { dw: [1] }, attrs: { maxNorm: 0.001 } },
    { shapes: { dw: [255] }, attrs: { maxNorm: 2.5 } },
    { shapes: { dw: [257] }, attrs: { maxNorm: 1000 } },
    { shapes: { dw: [1000] }, attrs: { maxNorm: 1 }, draw: { dw: () => 0 } },
    { shapes: { dw: [70001] }, attrs: { maxNorm: 10 } },
    { shapes: { dw: [777] }, attrs: { maxNorm: 5 }, draw: { dw: extreme } },
    { shapes: { dw: [300] }, attrs: { maxNorm: 1e30 }, draw: { dw: () => 1e20 } },
  ],
};
