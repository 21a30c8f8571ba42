import type { Env, Output, Values } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { activate } from "./activation.js";
import type { OpProof } from "./contract.js";

type Sizes = Env["sizes"];

/** Every pair of pixels that a tap joins: pixel of the wide side (x of conv2d), pixel of the narrow side (y), tap. */
function taps(s: Sizes, visit: (wide: number, narrow: number, tap: number) => void): void {
  for (let b = 0; b < s.B; b++)
    for (let p = 0; p < s.P; p++)
      for (let q = 0; q < s.Q; q++)
        for (let ky = 0; ky < s.KH; ky++)
          for (let kx = 0; kx < s.KW; kx++) {
            const [h, v] = [p * s.SH + ky * s.DH - s.top, q * s.SW + kx * s.DW - s.left];
            if (h < 0 || h >= s.H || v < 0 || v >= s.W) continue;
            visit((b * s.H + h) * s.W + v, (b * s.P + p) * s.Q + q, ky * s.KW + kx);
          }
}

/** Every product of a convolution: element of the wide side, of the weights, of the narrow side. */
function products(s: Sizes, visit: (wide: number, weight: number, narrow: number) => void): void {
  const [depth, width] = [s.I / s.G, s.O / s.G];
  taps(s, (wide, narrow, tap) => {
    for (let o = 0; o < s.O; o++)
      for (let i = 0; i < depth; i++)
        visit(wide * s.I + Math.floor(o / width) * depth + i, (tap * depth + i) * s.O + o, narrow * s.O + o);
  });
}

const sums = (out: Output): Sum[] => Array.from(out.value, () => new Sum());

/** Adds the bias by channel, applies the activation and writes. */
function finish(out: Output, all: readonly Sum[], bias: Values | undefined, kind: number, slope: number): void {
  all.forEach((sum, n) => {
    if (bias) sum.add(bias[n % bias.length]);
    const { value, granted } = activate(kind, sum.value, slope);
    out.put(n, value, Math.max(sum.magnitude, Math.abs(value)), sum.terms, granted);
  });
}

/** From the wide side to the narrow one: conv2d, and conv-transpose2d's input gradient. */
export function gatherTaps(x: Values, w: Values, bias: Values | undefined, y: Output, s: Sizes): void {
  const all = sums(y);
  products(s, (wide, weight, narrow) => all[narrow].add(x[wide] * w[weight]));
  finish(y, all, bias, s.kind, s.slope);
}

/** From the narrow side to the wide one: conv-transpose2d, and conv2d's input gradient. */
export function spreadTaps(dy: Values, w: Values, bias: Values | undefined, dx: Output, s: Sizes): void {
  const all = sums(dx);
  products(s, (wide, weight, narrow) => all[wide].add(dy[narrow] * w[weight]));
  finish(dx, all, bias, s.kind, s.slope);
}

export function weightTaps(x: Values, dy: Values, partials: Output, s: Sizes): void {
  const all = sums(partials);
  const count = all.length / s.slices;
  products(s, (wide, weight, narrow) => {
    const slice = Math.floor(Math.floor(narrow / (s.O * s.Q)) / s.part);
    all[slice * count + weight].add(x[wide] * dy[narrow]);
  });
  all.forEach((sum, n) => {
    partials.putSum(n, sum);
  });
}

export function gradWSum({ in: { partials }, out: { dw }, sizes: { slices } }: Env): void {
  const count = dw.value.length;
  for (let n = 0; n < count; n++) {
    const sum = new Sum();
    for (let slice = 0; slice < slices; slice++) sum.add(partials[slice * count + n]);
    dw.putSum(n, sum);
  }
}

export function gradBias({ in: { dy }, out: { dbias }, sizes: { N, C } }: Env): void {
  for (let c = 0; c < C; c++) {
    const sum = new Sum();
    for (let n = 0; n < N; n++) sum.add(dy[n * C + c]);
    dbias.putSum(c, sum);
  }
}

export const conv2dProof: OpProof = {
  op: conv2d,
  exact: true,
  references: {
    "conv2d/forward": ({ in: { x, w, bias }, out: { y }, sizes, overrides: { HAS_BIAS } }) =>
      gatherTaps(x, w, HAS_BIAS ? bias : undefined, y, sizes),
    "conv2d/grad-x": ({ in: { w, dy }, out: { dx }, sizes }) => spreadTaps(dy, w, undefined, dx, sizes),
    "conv2d/grad-w": ({ in: { x, dy }, out: { partials }, sizes }) => weightTaps(x, dy, partials, sizes),
    "conv2d/grad-w-sum": gradWSum,
    "conv2d/grad-bias": gradBias,
  },
  cases: [
    { shapes: { x: [1, 1, 1, 1], w: [1, 1, 1, 1], bias: [1] } },
    // Odd sides, ragged channels, all four paddings different.
    {
      shapes: { x: [2, 7, 9, 3], w: [3, 3, 3, 5], bias: [5] },
      attrs: { padTop: 1, padLeft: 2, padBottom: 0, padRight: 1 },
    },
    // One output pixel, no bias.
    { shapes: { x: [3, 4, 5, 6], w: [4, 5, 6, 7] } },
    // TensorFlow's SAME at stride 2: 8 to 4 takes one row below, none above; the counts of the fast variants.
    {
      shapes: { x: [2, 8, 8, 4], w: [3, 3, 4, 32], bias: [32] },
      attrs: { strideH: 2, strideW: 2, padBottom: 1, padRight: 1 },
    },
    // One channel in, as the first layer has it; not square.
    { shapes: { x: [2, 10, 7, 1], w: [3, 2, 1, 36], bias: [36] }, attrs: { strideW: 2, padTop: 1, padBottom: 1 } },
    // Channels in that vectors of four do not divide, channels out that they do: more than one step of the reduction a tap.
    {
      shapes: { x: [2, 9, 8, 11], w: [3, 2, 11, 40], bias: [40] },
      attrs: { strideH: 2, dilationW: 3, padTop: 1, padLeft: 2, padBottom: 1, padRight: 1 },
    },
    // Stride 3 leaves rows of x that no tap reads.
    {
      shapes: { x: [1, 11, 10, 8], w: [2, 2, 8, 12], bias: [12] },
      attrs: { strideH: 3, strideW: 3, padTop: 1, padLeft: 1 },
    },
    // Dilation, with a stride that shares a factor with it on one axis.
    {
      shapes: { x: [1, 9, 12, 12], w: [3, 3, 12, 8], bias: [8] },
      attrs: { dilationH: 3, dilationW: 2, strideH: 2, strideW: 3, padTop: 2, padLeft: 2, padBottom: 2, padRight: 2 },
    },
    { shapes: { x: [2, 5, 6, 6], w: [3, 3, 2, 9], bias: [9] }, attrs: { groups: 3, padTop: 1, padRight: 1 } },
    // Groups of 8 channels in and 4 out.
    { shapes: { x: [1, 4, 3, 16], w: [2, 3, 8, 8], bias: [8] }, attrs: { groups: 2, strideW: 2, padLeft: 1 } },
    // Depthwise, two outputs a channel.
    { shapes: { x: [1, 6, 5, 8], w: [3, 3, 1, 16], bias: [16] }, attrs: { groups: 8, strideH: 2, padLeft: 1 } },
    // Padding wider than the picture: outputs that see no pixel but the bias.
    {
      shapes: { x: [1, 1, 1, 4], w: [1, 1, 4, 4], bias: [4] },
      attrs: { padTop: 2, padLeft: 2, padBottom: 2, padRight: 2 },
    },
    // Several tiles each way, slices of the weight gradient whose last is short.
    {
      shapes: { x: [1, 37, 28, 36], w: [2, 2, 36, 68], bias: [68] },
      attrs: { padTop: 1, padRight: 1 },
    },
    // Cut below and to the right instead of padded, as the upper part of a masked convolution is.
    {
      shapes: { x: [2, 7, 6, 8], w: [2, 3, 8, 12], bias: [12] },
      attrs: { padTop: 2, padLeft: 1, padBottom: -1, padRight: -2 },
    },
    { shapes: { x: [1, 12, 11, 20], w: [5, 4, 20, 68] }, attrs: { padTop: 2, padLeft: 1, padBottom: 2, padRight: 2 } },
  ],
};
