import forward from "../../shaders/cross-entropy/forward.wgsl";
import gradX from "../../shaders/cross-entropy/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** x seen as [O, K, I]: rows outside the class axis, classes, rows inside it. */
function split(x: Shape, { axis }: Attrs): { O: number; K: number; I: number } {
  const at = Number(axis ?? x.length - 1);
  const K = x[at];
  if (K === undefined || K === 0)
    throw new InputError(`cross-entropy: x is [${x}] and has no classes on axis ${at}; name the axis of the logits.`);
  return { O: elements(x.slice(0, at)), K, I: elements(x.slice(at + 1)) };
}

/** -log softmax(x)[t] over the class axis, in nats. x logits [..., K], or [N, C, ...] with axis 1; t u32 class numbers, one for
 * each row of logits; loss [rows], in the order of t. Attrs: axis (the last). Numbers beyond the classes count as the last. */
export const crossEntropy: Op = {
  name: "cross-entropy",
  inputs: ["x", "t"],
  types: { t: "u32" },
  outputs: ({ x, t }, attrs) => {
    const { O, I } = split(x as Shape, attrs);
    if (elements(t as Shape) !== O * I)
      throw new InputError(
        `cross-entropy: x [${x}] has ${O * I} rows of logits and t is [${t}]; give a class for each row.`,
      );
    return { loss: [O * I] };
  },
  saved: ({ x }, attrs) => {
    const { O, I } = split(x as Shape, attrs);
    return { lse: [O * I] };
  },
  sizes: ({ x }, attrs) => split(x as Shape, attrs),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: ({ O, K, I }) => ({ forward: 3 * O * K * I, "grad-x": 4 * O * K * I }),
};
