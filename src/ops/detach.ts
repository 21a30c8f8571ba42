import forward from "../../shaders/scale/forward.wgsl";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** y = factor * x, where the gradient ends: a constant as far as x is concerned. Attrs: factor (1). */
export const detach: Op = {
  name: "detach",
  inputs: ["x"],
  outputs: ({ x }) => ({ y: x as Shape }),
  sizes: ({ x }, { factor }) => ({ N: elements(x as Shape), factor: Number(factor ?? 1) }),
  forward: [kernel(forward)],
  backward: [],
};
