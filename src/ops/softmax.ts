import forward from "../../shaders/softmax/forward.wgsl";
import gradX from "../../shaders/softmax/grad-x.wgsl";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** y = exp(x) / sum exp(x) over the last axis. x, y [..., K]. */
export const softmax: Op = {
  name: "softmax",
  inputs: ["x"],
  outputs: ({ x }) => ({ y: x as Shape }),
  sizes: ({ x }) => {
    const K = (x as Shape).at(-1) as number;
    return { B: elements(x as Shape) / K, K };
  },
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: ({ B, K }) => ({ forward: 4 * B * K, "grad-x": 4 * B * K }),
};
