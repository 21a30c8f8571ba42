import forward from "../../shaders/sparse-kl/forward.wgsl";
import gradH from "../../shaders/sparse-kl/grad-h.wgsl";
import mean from "../../shaders/sparse-kl/mean.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** How far the mean activation of each unit over the rows that count (step.rows) is from `rho`: sum_j KL(rho || mean_j) of two
 * coins, in nats (Ng 2011, "Sparse autoencoder"). h [B, J] in (0, 1); loss [B], the same number in each row that counts and 0
 * beyond, so that its mean over the rows is that number. Saves mean [J], which the logarithms see within [1e-6, 1 - 1e-6].
 * Attrs: rho in (0, 1). */
export const sparseKl: Op = {
  name: "sparse-kl",
  inputs: ["h"],
  outputs: ({ h }, { rho }) => {
    if (h?.length !== 2) throw new InputError(`sparse-kl: h is [${h}]; it must be [rows, units].`);
    if (!(Number(rho) > 0 && Number(rho) < 1))
      throw new InputError(`sparse-kl: rho is ${rho}; give the mean activation that is wanted, 0 < rho < 1.`);
    return { loss: [h[0] as number] };
  },
  saved: ({ h }) => ({ mean: [(h as Shape)[1] as number] }),
  sizes: ({ h }, { rho }) => {
    const [B, J] = h as [number, number];
    return { B, J, rho: Math.fround(Number(rho)) };
  },
  overrides: ({ h }) => {
    const J = (h as Shape)[1] as number;
    return { COLUMNS: J < 4 ? 1 : J < 16 ? 4 : 16 };
  },
  forward: [kernel(mean), kernel(forward)],
  backward: [kernel(gradH)],
  flops: ({ B, J }) => ({ mean: B * J, forward: 9 * J, "grad-h": 6 * B * J }),
};
