import forward from "../../shaders/gate/forward.wgsl";
import gradCondition from "../../shaders/gate/grad-condition.wgsl";
import gradX from "../../shaders/gate/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape, Shapes } from "./op.js";
import { elements, kernel, sameShape } from "./op.js";

function dims({ x }: Shapes): { B: number; P: number; C: number } {
  const shape = x as Shape;
  return { B: shape[0] as number, P: elements(shape.slice(1, -1)), C: (shape.at(-1) as number) / 2 };
}

/** The gated unit of PixelCNN (van den Oord et al. 2016, "Conditional image generation with PixelCNN decoders"):
 * y = tanh(u) sigmoid(v), where u and v are the halves of x's last axis. x [B, ..., 2C], y [B, ..., C]; condition [B, 2C] or
 * none is added to every pixel of a row of x first. */
export const gate: Op = {
  name: "gate",
  inputs: ["x", "condition"],
  optional: { condition: "x" },
  outputs: ({ x, condition }) => {
    const shape = x as Shape;
    const width = shape.at(-1) as number;
    if (shape.length < 2 || width % 2 !== 0)
      throw new InputError(`gate: x is [${x}]; it must be [batch, ..., 2 channels].`);
    if (condition && !sameShape(condition, [shape[0] as number, width]))
      throw new InputError(`gate: the condition is [${condition}]; for x [${x}] it must be [${shape[0]},${width}].`);
    return { y: [...shape.slice(0, -1), width / 2] };
  },
  sizes: (shapes) => dims(shapes),
  overrides: ({ condition }) => ({ HAS_CONDITION: condition !== undefined }),
  forward: [kernel(forward)],
  backward: [kernel(gradX), kernel(gradCondition)],
};
