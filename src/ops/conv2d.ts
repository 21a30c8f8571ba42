import forwardF16 from "../../shaders/conv2d/forward.f16.wgsl";
import forwardQuad from "../../shaders/conv2d/forward.quad.wgsl";
import forwardSgb from "../../shaders/conv2d/forward.sgb.wgsl";
import forwardSgb4 from "../../shaders/conv2d/forward.sgb4.wgsl";
import forwardSgb8 from "../../shaders/conv2d/forward.sgb8.wgsl";
import forwardTiled from "../../shaders/conv2d/forward.tiled.wgsl";
import forward from "../../shaders/conv2d/forward.wgsl";
import forwardWide from "../../shaders/conv2d/forward.wide.wgsl";
import gradBias from "../../shaders/conv2d/grad-bias.wgsl";
import gradWSgb from "../../shaders/conv2d/grad-w.sgb.wgsl";
import gradWSgb4 from "../../shaders/conv2d/grad-w.sgb4.wgsl";
import gradWSgb8 from "../../shaders/conv2d/grad-w.sgb8.wgsl";
import gradWTiled from "../../shaders/conv2d/grad-w.tiled.wgsl";
import gradW from "../../shaders/conv2d/grad-w.wgsl";
import gradWWide from "../../shaders/conv2d/grad-w.wide.wgsl";
import gradWSum from "../../shaders/conv2d/grad-w-sum.wgsl";
import gradXQuad from "../../shaders/conv2d/grad-x.quad.wgsl";
import gradXSgb4 from "../../shaders/conv2d/grad-x.sgb4.wgsl";
import gradXSgb8 from "../../shaders/conv2d/grad-x.sgb8.wgsl";
import gradXTiled from "../../shaders/conv2d/grad-x.tiled.wgsl";
import gradX from "../../shaders/conv2d/grad-x.wgsl";
import gradXWide from "../../shaders/conv2d/grad-x.wide.wgsl";
import { InputError } from "../errors.js";
import type { Profile } from "../gpu/profile.js";
import type { Attrs, Op, Shape, Shapes, Sizes } from "./op.js";
import { elements, fitsWide, kernel } from "./op.js";

/** Geometry of a convolution from its attrs: strideH, strideW, dilationH, dilationW, groups (1), padTop, padLeft, padBottom,
 * padRight, outputPadH, outputPadW (0). Below 0, padBottom and padRight cut x,
 * or widen y of a transposed convolution. */
export function geometry(op: string, attrs: Attrs) {
  const whole = (name: string, initial: number, least = initial): number => {
    const value = attrs[name] ?? initial;
    if (!(Number.isInteger(value) && Number(value) >= least))
      throw new InputError(
        `${op}: ${name} is ${value}; give a whole number${Number.isFinite(least) ? ` from ${least}` : ""}.`,
      );
    return Number(value);
  };
  return {
    stride: [whole("strideH", 1), whole("strideW", 1)],
    dilation: [whole("dilationH", 1), whole("dilationW", 1)],
    before: [whole("padTop", 0), whole("padLeft", 0)],
    after: [whole("padBottom", 0, Number.NEGATIVE_INFINITY), whole("padRight", 0, Number.NEGATIVE_INFINITY)],
    outputPad: [whole("outputPadH", 0), whole("outputPadW", 0)],
    groups: whole("groups", 1),
  } as const;
}

/** Zeros before and after one axis such that a convolution of `size` gives ceil(size / stride): the "SAME" of TensorFlow and
 * JAX, which puts the odd one after. */
export function samePadding(size: number, kernel: number, stride = 1, dilation = 1): [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + dilation * (kernel - 1) + 1 - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The size rule of the kernels that conv2d and conv-transpose2d share. `wide` is the side that the kernel slides over (x of
 * conv2d, y of conv-transpose2d), `narrow` the other, `y` the output. */
export function convSizes(wide: Shape, narrow: Shape, y: Shape, w: Shape, op: string, attrs: Attrs): Sizes {
  const { stride, dilation, before, groups } = geometry(op, attrs);
  const [B, H, W, I] = wide as [number, number, number, number];
  const [, P, Q, O] = narrow as [number, number, number, number];
  const [KH, KW] = w as [number, number];
  const [[SH, SW], [DH, DW], [top, left]] = [stride, dilation, before];
  const C = y.at(-1) as number;
  // No activation of its own: fuse() lends it the one that follows.
  const N = elements(y) / C;
  return {
    B,
    H,
    W,
    I,
    P,
    Q,
    O,
    KH,
    KW,
    SH,
    SW,
    top,
    left,
    DH,
    DW,
    G: groups,
    N,
    C,
    kind: 0,
    slope: 0,
    ...slicing(narrow, w),
  };
}

/** How grad-w is split over the rows (b,p) of the narrow side, so that few weights still fill an adapter: 256 pixels a slice at
 * least, and 1,024 tiles of 32 x 32 weights in all, 4 MiB, at most. */
function slicing(narrow: Shape, w: Shape): { slices: number; part: number } {
  const [B, P, Q, O] = narrow as [number, number, number, number];
  const tiles = Math.ceil(elements(w.slice(0, 3)) / 32) * Math.ceil(O / 32);
  const wanted = Math.max(1, Math.min(Math.floor((B * P * Q) / 256), Math.floor(1024 / tiles), B * P));
  const part = Math.ceil((B * P) / wanted);
  return { slices: Math.ceil((B * P) / part), part };
}

/** The slices of grad-w that grad-w-sum adds up. */
export const partials = (narrow: Shape, w: Shape): Shapes => ({ partials: [slicing(narrow, w).slices, ...w] });

/** @throws InputError where x or w has not four axes, or the groups do not divide the channels */
export function checkConv(op: string, { x, w, bias }: Shapes, channels: number, groups: number): void {
  if (x?.length !== 4) throw new InputError(`${op}: x is [${x}]; it must be [batch, rows, columns, channels].`);
  if (w?.length !== 4)
    throw new InputError(
      `${op}: w is [${w}]; it must be [kernel rows, kernel columns, channels in a group, channels].`,
    );
  if (x[3] % groups !== 0 || channels % groups !== 0)
    throw new InputError(
      `${op}: ${groups} groups do not divide ${x[3]} channels into ${channels}; choose a common divisor.`,
    );
  if (bias && bias[0] !== channels)
    throw new InputError(`${op}: the bias has ${bias[0]} values for ${channels} output channels.`);
}

const outputs = (shapes: Shapes, attrs: Attrs): Shapes => {
  const { stride, dilation, before, after, groups } = geometry("conv2d", attrs);
  const [x, w] = [shapes.x as Shape, shapes.w as Shape];
  checkConv("conv2d", shapes, w[3] as number, groups);
  if ((w[2] as number) * groups !== x[3])
    throw new InputError(
      `conv2d: x has ${x[3]} channels and w takes ${(w[2] as number) * groups}; they must be equal.`,
    );
  const side = (axis: 0 | 1): number => {
    const padded = (x[axis + 1] as number) + before[axis] + after[axis];
    const kernelSide = dilation[axis] * ((w[axis] as number) - 1) + 1;
    if (padded < kernelSide)
      throw new InputError(
        `conv2d: a kernel ${kernelSide} wide does not fit in ${padded} pixels; pad more or use a smaller one.`,
      );
    return Math.floor((padded - kernelSide) / stride[axis]) + 1;
  };
  return { y: [x[0] as number, side(0), side(1), w[3] as number] };
};

/** The broadcast kernels take one group, channels of y four at a time, and a second grid dimension of 65,535 blocks of 16 pixels. */
const sgb = (profile: Profile, { G, O, B, P, Q }: Sizes): boolean =>
  profile.matmul === "sgb" && G === 1 && O % 4 === 0 && B * P * Q <= 16 * 65535;
/** Those that load channels of x four at a time too are written out for a number of lanes, each with the tile that its driver
 * runs best: 32 pixels x 4 channels a lane of 8, 32 x 8 a lane of 4. */
const sgbOf =
  (lanes: 4 | 8) =>
  (profile: Profile, { G, I, O, B, P, Q, H, W, SH, SW }: Sizes): boolean =>
    profile.matmul === "sgb" &&
    profile.subgroupSize === lanes &&
    G === 1 &&
    I % 4 === 0 &&
    O % 4 === 0 &&
    B * Math.max(P * Q, Math.ceil(H / SH) * Math.ceil(W / SW)) <= 32 * 65535;

/** Four channels a thread, wherever a group has them. */
const quadO = (_: Profile, { G, O }: Sizes): boolean => (O / G) % 4 === 0;
const quadI = (_: Profile, { G, I }: Sizes): boolean => (I / G) % 4 === 0;

/** Tiles in workgroup memory, one group: any channels, or four at a time where the larger tiles fill the adapter. */
const tiled = (profile: Profile, { G }: Sizes): boolean => profile.matmul === "tiled" && G === 1;
const four = ({ I, O, G }: Sizes): boolean => I % 4 === 0 && O % 4 === 0 && G === 1;
const wide = (profile: Profile, s: Sizes): boolean => four(s) && fitsWide(profile, s.B * s.P * s.Q, s.O);
const wideX = (profile: Profile, s: Sizes): boolean =>
  four(s) && fitsWide(profile, s.B * Math.ceil(s.H / s.SH) * Math.ceil(s.W / s.SW), s.I, s.SH * s.SW);
const wideW = (profile: Profile, s: Sizes): boolean => four(s) && fitsWide(profile, s.KH * s.KW * s.I, s.O, s.slices);
const f16 = ({ storage }: Profile, s: Sizes): boolean => storage === "f16" && four(s);

export const forwardChoice = kernel(
  forward,
  [forwardF16, f16],
  [forwardSgb8, sgbOf(8)],
  [forwardSgb4, sgbOf(4)],
  [forwardSgb, sgb],
  [forwardWide, wide],
  [forwardTiled, tiled],
  [forwardQuad, quadO],
);
export const gradXChoice = kernel(
  gradX,
  [gradXSgb8, sgbOf(8)],
  [gradXSgb4, sgbOf(4)],
  [gradXWide, wideX],
  [gradXTiled, tiled],
  [gradXQuad, quadI],
);
export const gradWChoice = kernel(
  gradW,
  [gradWSgb8, sgbOf(8)],
  [gradWSgb4, sgbOf(4)],
  [gradWSgb, sgb],
  [gradWWide, wideW],
  [gradWTiled, tiled],
);
export const gradWSumChoice = kernel(gradWSum);
export const gradBiasChoice = kernel(gradBias);

/** Convolution, channels last. x [B, H, W, I], w [KH, KW, I/groups, O] (PyTorch keeps it [O, I/groups, KH, KW]), bias [O] or
 * none, y [B, P, Q, O]. Attrs: see `geometry`, without outputPad. */
export const conv2d: Op = {
  name: "conv2d",
  inputs: ["x", "w", "bias"],
  optional: { bias: "w" },
  outputs,
  sizes: ({ x, y, w }, attrs) => convSizes(x as Shape, y as Shape, y as Shape, w as Shape, "conv2d", attrs),
  saved: ({ y, w }) => partials(y as Shape, w as Shape),
  overrides: ({ bias }) => ({ HAS_BIAS: bias !== undefined }),
  forward: [forwardChoice],
  backward: [gradXChoice, gradWChoice, gradWSumChoice, gradBiasChoice],
  flops: ({ B, P, Q, O, KH, KW, I, G }) => (2 * B * P * Q * O * KH * KW * I) / G,
};
