import forward from "../../shaders/add/forward.wgsl";
import grad from "../../shaders/add/grad.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel, sameShape } from "./op.js";

/** y = a + b, elementwise, of two tensors of one shape. */
export const add: Op = {
  name: "add",
  inputs: ["a", "b"],
  outputs: ({ a, b }) => {
    if (!sameShape(a as Shape, b as Shape))
      throw new InputError(`add: a is [${a}] and b is [${b}]; they must have the same shape.`);
    return { y: a as Shape };
  },
  sizes: ({ a }) => ({ N: elements(a as Shape) }),
  forward: [kernel(forward)],
  backward: [kernel(grad)],
  flops: ({ N }) => ({ forward: N, grad: 0 }),
};
