import forward from "../../shaders/scale/forward.wgsl";
import gradX from "../../shaders/scale/grad-x.wgsl";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** y = factor * x, elementwise. Attrs: factor. */
export const scale: Op = {
  name: "scale",
  inputs: ["x"],
  outputs: ({ x }) => ({ y: x as Shape }),
  sizes: ({ x }, { factor }) => ({ N: elements(x as Shape), factor: Number(factor) }),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: ({ N }) => ({ forward: N, "grad-x": N }),
};
