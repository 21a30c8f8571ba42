import forward from "../../shaders/kl-gaussians/forward.wgsl";
import gradPQ from "../../shaders/kl-gaussians/grad-p-q.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { latentSizes } from "./reparameterize.js";

/** KL divergence of one diagonal Gaussian to another, KL(p || q), in nats a row. p, q [B, 2L] (mu beside logVar), kl [B]. */
export const klGaussians: Op = {
  name: "kl-gaussians",
  inputs: ["p", "q"],
  outputs: ({ p, q }) => {
    const { B } = latentSizes("kl-gaussians", p as Shape);
    if (!sameShape(p as Shape, q as Shape))
      throw new InputError(`kl-gaussians: p is [${p}] and q is [${q}]; give both the same shape.`);
    return { kl: [B] };
  },
  sizes: ({ p }) => latentSizes("kl-gaussians", p as Shape),
  forward: [kernel(forward)],
  backward: [kernel(gradPQ)],
  flops: ({ B, L }) => ({ forward: 12 * B * L, "grad-p-q": 14 * B * L }),
};
