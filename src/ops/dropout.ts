import forward from "../../shaders/dropout/forward.wgsl";
import gradX from "../../shaders/dropout/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** Each element to 0 with chance p, the others to x / (1 - p) (Srivastava et al. 2014, "Dropout"). Leave it out to evaluate.
 * Attrs: p in [0, 1), site (0): which dropout of the model, so that no two draw the same. */
export const dropout: Op = {
  name: "dropout",
  inputs: ["x"],
  outputs: ({ x }, { p }) => {
    if (!(Number(p) >= 0 && Number(p) < 1))
      throw new InputError(`dropout: p is ${p}; give the chance that an element is dropped, 0 <= p < 1.`);
    return { y: x as Shape };
  },
  sizes: ({ x }, { p, site }) => ({
    N: elements(x as Shape),
    site: Number(site ?? 0),
    p: Math.fround(Number(p)),
    factor: Math.fround(1 / (1 - Number(p))),
  }),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: ({ N }) => ({ forward: N, "grad-x": N }),
};
