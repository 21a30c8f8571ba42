import forward from "../../shaders/slice/forward.wgsl";
import gradX from "../../shaders/slice/grad-x.wgsl";
import { InputError } from "../errors.js";
import { axisOf, blocks } from "./axis.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** Places [from, to) of one axis. Attrs: axis, from, to. */
export const slice: Op = {
  name: "slice",
  inputs: ["x"],
  outputs: (shapes, { axis, from, to }) => {
    const x = shapes.x as Shape;
    const at = axisOf("slice", x, Number(axis));
    const [begin, end] = [Number(from), Number(to)];
    if (!(Number.isInteger(begin) && Number.isInteger(end) && 0 <= begin && begin < end && end <= (x[at] as number)))
      throw new InputError(
        `slice: ${from} to ${to} is no part of axis ${at} of [${x}]; give 0 <= from < to <= ${x[at]}.`,
      );
    return { y: x.map((d, i) => (i === at ? end - begin : d)) };
  },
  sizes: (shapes, { axis, from, to }) => {
    const at = axisOf("slice", shapes.x as Shape, Number(axis));
    const x = blocks(shapes.x as Shape, at, at + 1);
    return { P: x.outer, A: x.axis * x.inner, F: Number(from) * x.inner, L: (Number(to) - Number(from)) * x.inner };
  },
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: () => ({ forward: 0, "grad-x": 0 }),
};
