import forward from "../../shaders/kl-capacity/forward.wgsl";
import gradKl from "../../shaders/kl-capacity/grad-kl.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** How far the mean KL of the rows that count (step.rows) is from the capacity of the step (Burgess et al. 2018, "Understanding
 * disentangling in beta-VAE"): |mean - step.capacity|. kl [B]; loss [B], the same number in each row that counts and 0 beyond, so that
 * its mean over the rows is that number. Saves mean [1]. */
export const klCapacity: Op = {
  name: "kl-capacity",
  inputs: ["kl"],
  outputs: ({ kl }) => {
    if (kl?.length !== 1) throw new InputError(`kl-capacity: kl is [${kl}]; it must be one number a row, [B].`);
    return { loss: kl };
  },
  saved: () => ({ mean: [1] }),
  sizes: ({ kl }) => ({ B: (kl as Shape)[0] as number }),
  forward: [kernel(forward)],
  backward: [kernel(gradKl)],
  flops: ({ B }) => ({ forward: 3 * B, "grad-kl": 3 * B }),
};
