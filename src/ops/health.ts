import partials from "../../shaders/clip-norm/partials.wgsl";
import latent from "../../shaders/monitor/latent.wgsl";
import norm from "../../shaders/monitor/norm.wgsl";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";
import { latentSizes } from "./reparameterize.js";

/** The L2 norm [1] of dw (the gradient arena), which is left as it is; up to the largest floats, NaN where dw holds one. */
export const gradientNorm: Op = {
  name: "gradient-norm",
  inputs: ["dw"],
  outputs: () => ({ norm: [1] }),
  saved: () => ({ partials: [2, 256] }),
  sizes: ({ dw }) => ({ N: elements(dw as Shape), maxNorm: 0 }),
  forward: [kernel(partials), kernel(norm)],
  backward: [],
  flops: ({ N }) => ({ partials: 2 * N, norm: 512 }),
};

/** How a VAE's latents stand over a batch: y [3, L] holds each dimension's mean KL to N(0, 1) in nats, the mean of mu and its variance,
 * over the rows that count. stats [B, 2L] (mu beside logVar). */
export const latentHealth: Op = {
  name: "latent-health",
  inputs: ["stats"],
  outputs: ({ stats }) => ({ y: [3, latentSizes("latent-health", stats as Shape).L] }),
  sizes: ({ stats }) => latentSizes("latent-health", stats as Shape),
  overrides: ({ stats }) => {
    const { L } = latentSizes("latent-health", stats as Shape);
    return { COLUMNS: L < 4 ? 1 : L < 16 ? 4 : 16 };
  },
  forward: [kernel(latent)],
  backward: [],
  flops: ({ B, L }) => ({ latent: 14 * B * L }),
};
