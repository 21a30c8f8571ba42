import forward from "../../shaders/normalize/forward.wgsl";
import gradX from "../../shaders/normalize/grad-x.wgsl";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";
import { rowSizes } from "./rows.js";

/** Rows scaled to length 1, for quantizers that compare by the cosine (Yu et al. 2022, "Vector-quantized image modeling with improved
 * VQGAN"). x, y [..., D]; a row shorter than 1e-12 becomes 0, and so does its gradient. */
export const normalize: Op = {
  name: "normalize",
  inputs: ["x"],
  outputs: ({ x }) => ({ y: x as Shape }),
  saved: ({ x }) => ({ length: (x as Shape).slice(0, -1) }),
  sizes: ({ x }) => rowSizes("normalize", x as Shape),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
};
