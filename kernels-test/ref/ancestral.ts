import { Sum } from "../../src/graph/interpret.js";
import { convRow, densePixel, gatedPixel, putCode, putRow } from "../../src/ops/ancestral.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { gated } from "./gate.js";

export const convRowProof: OpProof = {
  op: convRow,
  exact: true,
  references: {
    "ancestral/row": ({ in: { x, w, bias }, out: { y }, sizes, step }) => {
      const { B, R, W, I, O, KH, KW, top, left } = sizes;
      const row = Math.floor(step.pixel / W);
      for (let n = 0; n < B * W * O; n++) {
        const [b, q, o] = [Math.floor(n / (W * O)), Math.floor(n / O) % W, n % O];
        const sum = new Sum();
        for (let ky = 0; ky < KH; ky++)
          for (let kx = 0; kx < KW; kx++) {
            const [source, column] = [row + ky - top, q + kx - left];
            if (source < 0 || column < 0 || column >= W) continue;
            const at = ((b * R + (source % R)) * W + column) * I;
            for (let i = 0; i < I; i++) sum.add(x[at + i] * w[((ky * KW + kx) * I + i) * O + o]);
          }
        y.putSum(n, sum.add(bias[o]));
      }
    },
  },
  cases: [
    { shapes: { x: [1, 1, 1, 1], w: [1, 1], bias: [1] } },
    // The rows above a mask A, with rows above the map.
    {
      shapes: { x: [2, 4, 5, 3], w: [7, 7, 3, 6], bias: [6] },
      attrs: { rows: 3, top: 3 },
      step: { pixel: 2 * 5 },
    },
    { shapes: { x: [3, 2, 6, 5], w: [3, 3, 5, 7], bias: [7] }, attrs: { rows: 2, top: 1 }, step: { pixel: 13 * 6 } },
    { shapes: { x: [2, 3, 7, 9], w: [5, 5, 9, 8], bias: [8] }, attrs: { rows: 3, top: 2 }, step: { pixel: 0 } },
    { shapes: { x: [3, 4, 7, 11], w: [11, 12], bias: [12] }, step: { pixel: 3 * 7 + 5 } },
  ],
};

export const putRowProof: OpProof = {
  op: putRow,
  exact: false,
  references: {
    "ancestral/put-row": ({ in: { x }, out: { ring }, sizes: { B, R, W, C }, step }) => {
      const slot = Math.floor(step.pixel / W) % R;
      for (let n = 0; n < B * W * C; n++) ring.put((Math.floor(n / (W * C)) * R + slot) * W * C + (n % (W * C)), x[n]);
    },
  },
  cases: [
    { shapes: { x: [1, 1, 1], ring: [1, 1, 1, 1] } },
    { shapes: { x: [2, 5, 3], ring: [2, 3, 5, 3] }, step: { pixel: 7 * 5 } },
    { shapes: { x: [3, 7, 13], ring: [3, 2, 7, 13] }, step: { pixel: 4 * 7 + 6 } },
    { shapes: { x: [5, 11, 9], ring: [5, 1, 11, 9] }, step: { pixel: 3 * 11 } },
  ],
};

export const putCodeProof: OpProof = {
  op: putCode,
  exact: false,
  references: {
    "ancestral/put-code": ({ in: { w, codes }, out: { ring }, sizes: { B, N, R, W, K, C }, step }) => {
      const [slot, column] = [Math.floor(step.pixel / W) % R, step.pixel % W];
      for (let b = 0; b < B; b++) {
        const code = codes[b * N + step.pixel];
        for (let c = 0; c < C; c++) ring.put(((b * R + slot) * W + column) * C + c, code < K ? w[code * C + c] : 0);
      }
    },
  },
  cases: [
    { shapes: { w: [1, 1], codes: [1, 1], ring: [1, 1, 1, 1] }, draw: { codes: draws.integer(1) } },
    {
      shapes: { w: [6, 5], codes: [3, 12], ring: [3, 2, 4, 5] },
      draw: { codes: draws.integer(9) },
      step: { pixel: 10 },
    },
    {
      shapes: { w: [17, 35], codes: [4, 30], ring: [4, 4, 6, 35] },
      draw: { codes: draws.integer(17) },
      step: { pixel: 29 },
    },
  ],
};

const pixelCase = (
  [B, R, W, I, C]: readonly [number, number, number, number, number],
  [columns, left, width]: readonly [number, number, number],
  pixel: number,
  conditioned: boolean,
): Case => ({
  shapes: {
    x: [B, R, W, I],
    w: [1, width, I, 2 * C],
    bias: [2 * C],
    side: [B, W, 2 * C],
    ...(conditioned && { condition: [B, 2 * C] }),
  },
  attrs: { columns, left },
  draw: { w: draws.uniform(-0.4, 0.4) },
  step: { pixel },
});

export const gatedPixelProof: OpProof = {
  op: gatedPixel,
  exact: false,
  references: {
    "ancestral/gated-pixel": ({ in: values, out: { y }, sizes, overrides: { HAS_CONDITION }, step }) => {
      const { x, w, bias, side, condition } = values;
      const { B, R, W, I, C, KW, left } = sizes;
      const [slot, column] = [Math.floor(step.pixel / W) % R, step.pixel % W];
      const half = (b: number, j: number): Sum => {
        const sum = new Sum();
        for (let kx = 0; kx < KW; kx++) {
          const from = column + kx - left;
          if (from < 0 || from >= W) continue;
          for (let i = 0; i < I; i++) sum.add(x[((b * R + slot) * W + from) * I + i] * w[(kx * I + i) * 2 * C + j]);
        }
        sum.add(bias[j]).add(side[(b * W + column) * 2 * C + j]);
        return HAS_CONDITION ? sum.add(condition[b * 2 * C + j]) : sum;
      };
      const rounding = (sum: Sum): number => ulp.one * Math.sqrt(sum.terms) * sum.magnitude;
      for (let n = 0; n < B * C; n++) {
        const [b, c] = [Math.floor(n / C), n % C];
        const [u, v] = [half(b, c), half(b, C + c)];
        const { value, granted } = gated(u.value, v.value, rounding(u), rounding(v));
        y.put(n, value, Math.abs(value), 1, granted);
      }
    },
  },
  cases: [
    pixelCase([1, 1, 1, 1, 1], [1, 0, 1], 0, false),
    pixelCase([2, 4, 5, 3, 7], [3, 3, 7], 12, true),
    pixelCase([3, 1, 6, 5, 9], [2, 1, 3], 29, true),
    pixelCase([5, 1, 7, 16, 33], [3, 2, 5], 7, false),
    pixelCase([4, 2, 6, 8, 24], [2, 1, 3], 5, true),
  ],
};

export const densePixelProof: OpProof = {
  op: densePixel,
  exact: true,
  references: {
    "ancestral/dense-pixel": ({ in: values, out: { y }, sizes: { B, I, O, V }, overrides: { HAS_ADDEND }, step }) => {
      const { x, w, bias, addend } = values;
      for (let n = 0; n < B * O; n++) {
        const [b, o] = [Math.floor(n / O), n % O];
        const at = (b * V + (step.pixel % V)) * O + o;
        const sum = new Sum();
        for (let i = 0; i < I; i++) sum.add(x[b * I + i] * w[i * O + o]);
        sum.add(bias[o]);
        y.putSum(at, HAS_ADDEND ? sum.add(addend[at]) : sum);
      }
    },
  },
  cases: [
    { shapes: { x: [1, 1], w: [1, 1], bias: [1], y: [1, 1, 1] } },
    { shapes: { x: [3, 5], w: [5, 7], bias: [7], addend: [3, 4, 7], y: [3, 4, 7] }, step: { pixel: 10 } },
    { shapes: { x: [4, 33], w: [33, 35], bias: [35], addend: [4, 1, 35], y: [4, 1, 35] }, step: { pixel: 77 } },
    { shapes: { x: [5, 20], w: [20, 16], bias: [16], y: [5, 9, 16] }, step: { pixel: 44 } },
  ],
};
