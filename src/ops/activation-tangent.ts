import forward from "../../shaders/activation-tangent/forward.wgsl";
import grad from "../../shaders/activation-tangent/grad.wgsl";
import { InputError } from "../errors.js";
import { defaultSlope } from "./activation.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel, sameShape } from "./op.js";

/** The derivative of an activation at x, along t where there is one: y = activation'(x) t, elementwise. What a Jacobian is made of;
 * its own backward pass has the second derivative (0 for straight pieces). x, t, y of one shape. Attrs: kind (a number of `activations`), slope. */
export const activationTangent: Op = {
  name: "activation-tangent",
  inputs: ["x", "t"],
  optional: { t: "x" },
  outputs: ({ x, t }) => {
    if (t && !sameShape(x as Shape, t))
      throw new InputError(`activation-tangent: x is [${x}] and t is [${t}]; give both the same shape.`);
    return { y: x as Shape };
  },
  sizes: ({ x }, { kind, slope }) => ({ N: elements(x as Shape), slope: Number(slope ?? defaultSlope(Number(kind))) }),
  overrides: ({ t }, { kind }) => ({ KIND: Number(kind), HAS_T: t !== undefined }),
  forward: [kernel(forward)],
  backward: [kernel(grad)],
  flops: ({ N }) => ({ forward: 4 * N, grad: 8 * N }),
};
