import tree from "../../shaders/reduce/forward.tree.wgsl";
import forward from "../../shaders/reduce/forward.wgsl";
import gradX from "../../shaders/reduce/grad-x.wgsl";
import { InputError } from "../errors.js";
import { blocks } from "./axis.js";
import type { Attrs, Op, Shape, Shapes } from "./op.js";
import { kernel } from "./op.js";

/** From here on a workgroup shares the sum: below it one thread is as quick. */
const LONG = 128;

function parts({ x }: Shapes, attrs: Attrs): { outer: number; axis: number; inner: number } {
  const shape = x as Shape;
  const [from, to] = [Number(attrs.from ?? 0), Number(attrs.to ?? shape.length)];
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= shape.length))
    throw new InputError(`reduce: [${shape}] has no axes ${from} to ${to}; give 0 <= from < to <= ${shape.length}.`);
  return blocks(shape, from, to);
}

/** The sum or mean over the axes [from, to); all of them give [1]. Attrs: from (0), to (the rank), mean (false). */
export const reduce: Op = {
  name: "reduce",
  inputs: ["x"],
  outputs: (shapes, attrs) => {
    parts(shapes, attrs);
    const shape = shapes.x as Shape;
    const y = [...shape.slice(0, Number(attrs.from ?? 0)), ...shape.slice(Number(attrs.to ?? shape.length))];
    return { y: y.length > 0 ? y : [1] };
  },
  sizes: (shapes, attrs) => {
    const { outer, axis, inner } = parts(shapes, attrs);
    return { P: outer, A: axis, C: inner, factor: attrs.mean ? Math.fround(1 / axis) : 1 };
  },
  overrides: (shapes, attrs) => {
    const { inner } = parts(shapes, attrs);
    return { COLUMNS: inner < 4 ? 1 : inner < 16 ? 4 : 16 };
  },
  forward: [kernel(forward, [tree, (_, { A }) => (A as number) >= LONG])],
  backward: [kernel(gradX)],
  flops: ({ P, A, C }) => ({ forward: P * (A + 1) * C, "grad-x": P * A * C }),
};
