import forward from "../../shaders/rotate-to/forward.wgsl";
import gradX from "../../shaders/rotate-to/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { rowSizes } from "./rows.js";

/** The rotation trick (Fifty et al. 2024, "Restructuring vector quantization with the rotation trick"): y = q, seen as x rotated and
 * rescaled by a map that has no gradient of its own, so that dx is dy taken back through the map. x, q, y [..., D]; q gets no
 * gradient. Where x is 0 the gradient goes straight through. */
export const rotateTo: Op = {
  name: "rotate-to",
  inputs: ["x", "q"],
  outputs: ({ x, q }) => {
    if (!sameShape(x as Shape, q as Shape))
      throw new InputError(`rotate-to: x is [${x}] and q [${q}]; give both the same shape.`);
    return { y: q as Shape };
  },
  sizes: ({ x }) => rowSizes("rotate-to", x as Shape),
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
};
