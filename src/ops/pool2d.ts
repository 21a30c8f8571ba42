import avgForward from "../../shaders/avg-pool2d/forward.wgsl";
import avgGradX from "../../shaders/avg-pool2d/grad-x.wgsl";
import maxForward from "../../shaders/max-pool2d/forward.wgsl";
import maxGradX from "../../shaders/max-pool2d/grad-x.wgsl";
import { InputError } from "../errors.js";
import { geometry } from "./conv2d.js";
import type { Attrs, Op, Shape, Shapes, Sizes } from "./op.js";
import { kernel } from "./op.js";

/** Window, step and padding from the attrs; the window steps by its own size where no stride is given. */
function windows(op: string, attrs: Attrs) {
  const { kernelH = 2, kernelW = 2 } = attrs;
  const size = [Number(kernelH), Number(kernelW)] as const;
  if (!size.every((side) => Number.isInteger(side) && side > 0))
    throw new InputError(`${op}: the window is ${kernelH} by ${kernelW}; give whole numbers from 1.`);
  const { stride, dilation, before, after } = geometry(op, { strideH: kernelH, strideW: kernelW, ...attrs });
  for (const axis of [0, 1] as const) {
    const pad = Math.max(before[axis], after[axis]);
    if (2 * pad > size[axis] || after[axis] < 0)
      throw new InputError(`${op}: ${pad} pixels of padding for a window of ${size[axis]}; pad by half of it at most.`);
  }
  return { size, stride, dilation, before, after };
}

/** y's shape. Rounded up with `ceil`, but no window starts beyond x and the padding before it, as in PyTorch. */
function pooled(op: string, x: Shape, attrs: Attrs): Shape {
  if (x.length !== 4) throw new InputError(`${op}: x is [${x}]; it must be [batch, rows, columns, channels].`);
  const { size, stride, dilation, before, after } = windows(op, attrs);
  const side = (axis: 0 | 1): number => {
    const length = x[axis + 1] as number;
    const spare = length + before[axis] + after[axis] - dilation[axis] * (size[axis] - 1) - 1;
    if (spare < 0)
      throw new InputError(`${op}: a window of ${size[axis]} does not fit in ${length} pixels; use a smaller one.`);
    const steps = spare / stride[axis];
    const last = attrs.ceil ? Math.ceil(steps) : Math.floor(steps);
    return (last * stride[axis] >= length + before[axis] ? last - 1 : last) + 1;
  };
  return [x[0] as number, side(0), side(1), x[3] as number];
}

const sizes =
  (op: string) =>
  ({ x, y }: Shapes, attrs: Attrs): Sizes => {
    const { size, stride, dilation, before, after } = windows(op, attrs);
    const [B, H, W, C] = x as [number, number, number, number];
    const [, P, Q] = y as [number, number, number];
    const [[KH, KW], [SH, SW], [DH, DW], [top, left], [bottom, right]] = [size, stride, dilation, before, after];
    return { B, H, W, C, P, Q, KH, KW, SH, SW, DH, DW, top, left, bottom, right };
  };

/** The largest value of each window, channels last. x [B, H, W, C], y [B, P, Q, C], indices u32 [B, P, Q, C] where it stands in its
 * picture, row * W + column; the first of equals. Attrs: kernelH, kernelW (2), strideH, strideW (the kernel's), dilationH,
 * dilationW (1), padTop, padLeft, padBottom, padRight (0), ceil (false): round the number of windows up. */
export const maxPool2d: Op = {
  name: "max-pool2d",
  inputs: ["x"],
  outputs: ({ x }, attrs) => {
    const y = pooled("max-pool2d", x as Shape, attrs);
    return { y, indices: y };
  },
  types: { indices: "u32" },
  sizes: sizes("max-pool2d"),
  forward: [kernel(maxForward)],
  backward: [kernel(maxGradX)],
  flops: ({ B, P, Q, C }) => ({ forward: 0, "grad-x": B * P * Q * C }),
};

/** The mean of each window, channels last. x [B, H, W, C], y [B, P, Q, C]. Attrs: as `maxPool2d` without dilation; countPad (true):
 * whether the padding's zeros count. The mean of whole pictures is `reduce` over the axes 1 to 3. */
export const avgPool2d: Op = {
  name: "avg-pool2d",
  inputs: ["x"],
  outputs: ({ x }, attrs) => {
    if (attrs.dilationH !== undefined || attrs.dilationW !== undefined)
      throw new InputError("avg-pool2d: windows of a mean have no dilation; leave it out.");
    return { y: pooled("avg-pool2d", x as Shape, attrs) };
  },
  sizes: sizes("avg-pool2d"),
  overrides: (_, { countPad = true }) => ({ COUNT_PAD: countPad === true }),
  forward: [kernel(avgForward)],
  backward: [kernel(avgGradX)],
  flops: ({ B, P, Q, C, KH, KW }) => ({ forward: B * P * Q * C * KH * KW, "grad-x": 2 * B * P * Q * C * KH * KW }),
};
