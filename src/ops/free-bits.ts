import forward from "../../shaders/free-bits/forward.wgsl";
import gradStats from "../../shaders/free-bits/grad-stats.wgsl";
import mean from "../../shaders/free-bits/mean.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";
import { latentSizes } from "./reparameterize.js";

/** The KL to N(0, I) of which each latent dimension has `free` nats for nothing (Kingma et al. 2016, "Improved variational inference
 * with inverse autoregressive flow"): sum_l max(free, mean KL of dimension l over the rows that count). stats [B, 2L]; loss [B], the same
 * number in each row that counts and 0 beyond. Saves mean [L]. Attrs: free. */
export const freeBits: Op = {
  name: "free-bits",
  inputs: ["stats"],
  outputs: ({ stats }, { free }) => {
    if (!(Number(free) >= 0 && Number.isFinite(Number(free))))
      throw new InputError(`free-bits: free is ${free}; give nats a dimension from 0.`);
    return { loss: [latentSizes("free-bits", stats as Shape).B] };
  },
  saved: ({ stats }) => ({ mean: [latentSizes("free-bits", stats as Shape).L] }),
  sizes: ({ stats }, { free }) => ({
    ...latentSizes("free-bits", stats as Shape),
    free: Math.fround(Number(free)),
  }),
  overrides: ({ stats }) => {
    const { L } = latentSizes("free-bits", stats as Shape);
    return { COLUMNS: L < 4 ? 1 : L < 16 ? 4 : 16 };
  },
  forward: [kernel(mean), kernel(forward)],
  backward: [kernel(gradStats)],
  flops: ({ B, L }) => ({ mean: 8 * B * L, forward: L, "grad-stats": 5 * B * L }),
};
