import forward from "../../shaders/concat/forward.wgsl";
import grad from "../../shaders/concat/grad.wgsl";
import { InputError } from "../errors.js";
import { axisOf, blocks } from "./axis.js";
import type { Attrs, Op, Shape, Shapes } from "./op.js";
import { kernel } from "./op.js";

const place = ({ a }: Shapes, { axis }: Attrs): number => axisOf("concat", a as Shape, Number(axis ?? -1));

/** a and b side by side along one axis; all other axes must agree. Attrs: axis (-1, the last). */
export const concat: Op = {
  name: "concat",
  inputs: ["a", "b"],
  outputs: (shapes, attrs) => {
    const [a, b] = [shapes.a as Shape, shapes.b as Shape];
    const at = place(shapes, attrs);
    if (a.length !== b.length || a.some((d, i) => i !== at && d !== b[i]))
      throw new InputError(`concat: a is [${a}] and b is [${b}]; they may differ in axis ${at} only.`);
    return { y: a.map((d, i) => (i === at ? d + (b[i] as number) : d)) };
  },
  sizes: (shapes, attrs) => {
    const at = place(shapes, attrs);
    const [a, b] = [blocks(shapes.a as Shape, at, at + 1), blocks(shapes.b as Shape, at, at + 1)];
    return { P: a.outer, A: a.axis * a.inner, B: b.axis * b.inner };
  },
  forward: [kernel(forward)],
  backward: [kernel(grad)],
  flops: () => ({ forward: 0, grad: 0 }),
};
