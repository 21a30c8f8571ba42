import { InputError } from "../errors.js";
import {
  checkConv,
  convFlops,
  convSizes,
  forwardChoice,
  geometry,
  gradBiasChoice,
  gradWChoice,
  gradWSumChoice,
  gradXChoice,
  partials,
} from "./conv2d.js";
import type { Attrs, Op, Shape, Shapes } from "./op.js";
import { renamed } from "./op.js";

const outputs = (shapes: Shapes, attrs: Attrs): Shapes => {
  const { stride, dilation, before, after, outputPad, groups } = geometry("conv-transpose2d", attrs);
  const [x, w] = [shapes.x as Shape, shapes.w as Shape];
  const channels = (w[2] as number) * groups;
  checkConv("conv-transpose2d", shapes, channels, groups);
  if (w[3] !== x[3])
    throw new InputError(`conv-transpose2d: x has ${x[3]} channels and w takes ${w[3]}; they must be equal.`);
  const side = (axis: 0 | 1): number => {
    if (outputPad[axis] >= Math.max(stride[axis], dilation[axis]))
      throw new InputError(
        `conv-transpose2d: the output padding ${outputPad[axis]} must be less than the stride ${stride[axis]} or the dilation ${dilation[axis]}.`,
      );
    const spread = ((x[axis + 1] as number) - 1) * stride[axis] + dilation[axis] * ((w[axis] as number) - 1) + 1;
    const cut = before[axis] + after[axis] - outputPad[axis];
    if (spread <= cut)
      throw new InputError(`conv-transpose2d: the padding cuts ${cut} of ${spread} pixels and leaves none; pad less.`);
    return spread - cut;
  };
  return { y: [x[0] as number, side(0), side(1), channels] };
};

/** Transposed convolution, channels last: the input gradient of the conv2d that takes y to x. x [B, P, Q, O],
 * w [KH, KW, I/groups, O] (PyTorch keeps it [O, I/groups, KH, KW]), bias [I] or none, y [B, H, W, I]. Padding cuts y.
 * Attrs: see `geometry`. */
export const convTranspose2d: Op = {
  name: "conv-transpose2d",
  inputs: ["x", "w", "bias"],
  optional: { bias: "w" },
  outputs,
  sizes: ({ x, y, w }, attrs) => convSizes(y as Shape, x as Shape, y as Shape, w as Shape, "conv-transpose2d", attrs),
  saved: ({ x, w }) => partials(x as Shape, w as Shape),
  overrides: ({ bias }) => ({ ADD_BIAS: bias !== undefined, HAS_BIAS: false }),
  forward: [renamed(gradXChoice, "conv-transpose2d/forward", { dy: "x", dx: "y" })],
  backward: [
    renamed(forwardChoice, "conv-transpose2d/grad-x", { x: "dy", y: "dx" }),
    renamed(gradWChoice, "conv-transpose2d/grad-w", { x: "dy", dy: "x" }),
    gradWSumChoice,
    gradBiasChoice,
  ],
  flops: convFlops,
};
