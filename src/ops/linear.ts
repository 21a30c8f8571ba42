import forward from "../../shaders/linear/forward.wgsl";
import gradW from "../../shaders/linear/grad-w.wgsl";
import gradX from "../../shaders/linear/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape, Shapes, Sizes } from "./op.js";
import { elements, kernel } from "./op.js";

function dims({ x, w }: Shapes): { B: number; I: number; O: number } {
  const [I, O] = w as [number, number];
  return { B: elements(x as Shape) / I, I, O };
}

/** y = x w + bias over the last axis of x. x [..., I], w [I, O] (PyTorch keeps it [O, I]), bias [O] or none. */
export const linear: Op = {
  name: "linear",
  inputs: ["x", "w", "bias"],
  optional: { bias: "w" },
  outputs: ({ x, w, bias }) => {
    const [rows, last] = [(x as Shape).slice(0, -1), (x as Shape).at(-1)];
    const [I, O] = w as [number, number];
    if (last !== I) throw new InputError(`linear: x has ${last} features and w takes ${I}; they must be equal.`);
    if (bias && bias[0] !== O) throw new InputError(`linear: the bias has ${bias[0]} values for ${O} outputs.`);
    return { y: [...rows, O] };
  },
  // No activation of its own: fuse() lends it the one that follows.
  sizes: (shapes) => ({ ...dims(shapes), slope: 0 }),
  overrides: ({ bias }) => ({ HAS_BIAS: bias !== undefined }),
  forward: [kernel(forward)],
  backward: [kernel(gradX), kernel(gradW)],
  flops: ({ B, I, O }: Sizes) => 2 * (B as number) * (I as number) * (O as number),
};
