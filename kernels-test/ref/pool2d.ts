import type { Env, Reference } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { avgPool2d, maxPool2d } from "../../src/ops/pool2d.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";

type Sizes = Env["sizes"];

/** Every window: its element of y, the elements of x it meets in raster order with their places in the picture. */
function windows(
  s: Sizes,
  visit: (y: number, members: readonly { x: number; at: number }[], p: number, q: number) => void,
) {
  const [DH, DW] = [s.DH ?? 1, s.DW ?? 1];
  for (let b = 0; b < s.B; b++)
    for (let p = 0; p < s.P; p++)
      for (let q = 0; q < s.Q; q++)
        for (let c = 0; c < s.C; c++) {
          const members: { x: number; at: number }[] = [];
          for (let ky = 0; ky < s.KH; ky++)
            for (let kx = 0; kx < s.KW; kx++) {
              const [h, v] = [p * s.SH + ky * DH - s.top, q * s.SW + kx * DW - s.left];
              if (h < 0 || h >= s.H || v < 0 || v >= s.W) continue;
              members.push({ x: ((b * s.H + h) * s.W + v) * s.C + c, at: h * s.W + v });
            }
          visit(((b * s.P + p) * s.Q + q) * s.C + c, members, p, q);
        }
}

/** PyTorch's divisor: the window cut to the padded picture, or its pixels alone. */
function divisor(s: Sizes, countPad: number, members: number, p: number, q: number): number {
  if (!countPad) return Math.max(1, members);
  const extent = (start: number, size: number, length: number, after: number): number =>
    Math.min(start + size, length + after) - start;
  return extent(p * s.SH - s.top, s.KH, s.H, s.bottom) * extent(q * s.SW - s.left, s.KW, s.W, s.right);
}

const maxForward: Reference = ({ in: { x }, out, sizes }) =>
  windows(sizes, (y, members) => {
    let best = { value: -3.4028234663852886e38, at: sizes.H * sizes.W };
    members.forEach((m, i) => {
      if (i === 0 || x[m.x] > best.value) best = { value: x[m.x], at: m.at };
    });
    out.y.put(y, best.value);
    out.indices.put(y, best.at);
  });

const maxGradX: Reference = ({ in: { indices, dy }, out: { dx }, sizes }) => {
  const sums = Array.from(dx.value, () => new Sum());
  windows(sizes, (y, members) => {
    for (const m of members) if (m.at === indices[y]) sums[m.x].add(dy[y]);
  });
  sums.forEach((sum, i) => {
    dx.putSum(i, sum);
  });
};

const avgForward: Reference = ({ in: { x }, out, sizes, overrides }) =>
  windows(sizes, (y, members, p, q) => {
    const by = divisor(sizes, overrides.COUNT_PAD, members.length, p, q);
    const sum = new Sum();
    for (const m of members) sum.add(x[m.x] / by);
    out.y.put(y, sum.value, sum.magnitude, sum.terms, ulp.divide(sum.value));
  });

const avgGradX: Reference = ({ in: { dy }, out: { dx }, sizes, overrides }) => {
  const sums = Array.from(dx.value, () => new Sum());
  windows(sizes, (y, members, p, q) => {
    const term = dy[y] / divisor(sizes, overrides.COUNT_PAD, members.length, p, q);
    for (const m of members) sums[m.x].add(term, ulp.divide(term));
  });
  sums.forEach((sum, i) => {
    dx.putSum(i, sum);
  });
};

const padded = { padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
const square = (kernel: number, stride: number) => ({
  kernelH: kernel,
  kernelW: kernel,
  strideH: stride,
  strideW: stride,
});
const common: readonly Case[] = [
  { shapes: { x: [1, 1, 1, 1] }, attrs: square(1, 1) },
  { shapes: { x: [2, 6, 8, 5] } },
  { shapes: { x: [2, 11, 9, 7] }, attrs: { ...square(3, 2), ...padded } },
  { shapes: { x: [1, 8, 8, 3] }, attrs: { ...square(3, 1), ...padded } },
  // Stride beyond the window: pixels that no window sees.
  { shapes: { x: [1, 9, 13, 4] }, attrs: square(2, 3) },
  // Rounded up, with a last window over the edge; and with one left out, as it would start beyond the pixels.
  { shapes: { x: [1, 10, 6, 5] }, attrs: { ...square(3, 3), ...padded, ceil: true } },
  { shapes: { x: [2, 8, 9, 2] }, attrs: { ...square(2, 2), padTop: 1, padRight: 1, ceil: true } },
  // Nothing alike in the two directions.
  {
    shapes: { x: [1, 11, 8, 4] },
    attrs: { kernelH: 2, kernelW: 3, strideH: 1, strideW: 2, padLeft: 1, padBottom: 1 },
  },
];

export const maxPool2dProof: OpProof = {
  op: maxPool2d,
  exact: true,
  references: { "max-pool2d/forward": maxForward, "max-pool2d/grad-x": maxGradX },
  cases: [
    ...common,
    { shapes: { x: [1, 10, 9, 3] }, attrs: { ...square(3, 2), dilationH: 2, dilationW: 1, padTop: 1, padBottom: 1 } },
    // Taps two apart jump over the one column: windows without a pixel.
    {
      shapes: { x: [1, 4, 1, 2] },
      attrs: { kernelH: 1, kernelW: 2, strideW: 1, dilationW: 2, padLeft: 1, padRight: 1 },
    },
    // All below -1: padding must not win.
    { shapes: { x: [2, 5, 5, 2] }, attrs: { ...square(3, 2), ...padded }, draw: { x: draws.uniform(-9, -1) } },
  ],
};

export const avgPool2dProof: OpProof = {
  op: avgPool2d,
  exact: false,
  references: { "avg-pool2d/forward": avgForward, "avg-pool2d/grad-x": avgGradX },
  cases: [...common, ...common.map((item) => ({ ...item, attrs: { ...item.attrs, countPad: false } }))],
};
