import forward from "../../shaders/gaussian-ratio/forward.wgsl";
import grad from "../../shaders/gaussian-ratio/grad.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { latentSizes } from "./reparameterize.js";

/** log p(z) - log q(z) of two diagonal Gaussians, in nats a row: a draw of KL(p || q) where z comes of p. z [B, L], p and q [B, 2L] (mu
 * beside logVar), ratio [B]. exp sees logVar within [-30, 20]; its gradient beyond is the one at the edge. */
export const gaussianRatio: Op = {
  name: "gaussian-ratio",
  inputs: ["z", "p", "q"],
  outputs: ({ z, p, q }) => {
    const { B, L } = latentSizes("gaussian-ratio", p as Shape);
    if (!sameShape(p as Shape, q as Shape) || !sameShape(z as Shape, [B, L]))
      throw new InputError(
        `gaussian-ratio: z is [${z}], p [${p}] and q [${q}]; give p and q the same shape [B, 2L] and z [B, L].`,
      );
    return { ratio: [B] };
  },
  sizes: ({ p }) => latentSizes("gaussian-ratio", p as Shape),
  forward: [kernel(forward)],
  backward: [kernel(grad)],
  flops: ({ B, L }) => ({ forward: 16 * B * L, grad: 19 * B * L }),
};
