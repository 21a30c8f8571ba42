import partials from "../../shaders/clip-norm/partials.wgsl";
import scale from "../../shaders/clip-norm/scale.wgsl";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** Scales dw (the gradient arena) in place by min(1, maxNorm / (norm + 1e-6)), where norm [1] is its L2 norm before (Pascanu et
 * al. 2013). Finite up to the largest floats; a dw with a NaN is left as it is. Attrs: maxNorm. */
export const clipNorm: Op = {
  name: "clip-norm",
  inputs: ["dw"],
  outputs: () => ({ norm: [1] }),
  saved: () => ({ partials: [2, 256] }),
  sizes: ({ dw }, { maxNorm }) => ({ N: elements(dw as Shape), maxNorm: Number(maxNorm) }),
  forward: [kernel(partials), kernel(scale)],
  backward: [],
  flops: ({ N }) => ({ partials: 2 * N, scale: N }),
};
