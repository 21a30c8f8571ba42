import forward from "../../shaders/total-correlation/forward.wgsl";
import gradStats from "../../shaders/total-correlation/grad-stats.wgsl";
import gradZ from "../../shaders/total-correlation/grad-z.wgsl";
import joint from "../../shaders/total-correlation/joint.wgsl";
import marginal from "../../shaders/total-correlation/marginal.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { latentSizes } from "./reparameterize.js";

/** The parts of the KL to N(0, I) (Chen et al. 2018, "Isolating sources of disentanglement in VAEs"), estimated from draws z of the
 * posteriors of a minibatch with its weights (their equation 10): mutual information of image and latent, total correlation of the
 * dimensions, and the KL of each by itself; in nats a row. stats [B, 2L] (mu beside logVar), z [B, L]; terms [3, B], 0 in rows beyond
 * step.rows, which no other row sees. exp sees logVar within [-30, 20]; its gradient beyond is the one at the edge. Attrs: rows, of the
 * data set. */
export const totalCorrelation: Op = {
  name: "total-correlation",
  inputs: ["stats", "z"],
  outputs: ({ stats, z }, { rows }) => {
    const { B, L } = latentSizes("total-correlation", stats as Shape);
    if (!sameShape(z as Shape, [B, L]))
      throw new InputError(`total-correlation: z is [${z}]; for these statistics it must be [${B},${L}].`);
    if (!(Number.isInteger(rows) && Number(rows) >= 1))
      throw new InputError(`total-correlation: the data set has ${rows} rows; give a whole number from 1.`);
    return { terms: [3, B] };
  },
  saved: ({ stats }) => {
    const { B, L } = latentSizes("total-correlation", stats as Shape);
    return { joint: [B, B], marginal: [B, L], mixed: [B] };
  },
  sizes: ({ stats }, { rows }) => ({ ...latentSizes("total-correlation", stats as Shape), N: Number(rows) }),
  forward: [kernel(joint), kernel(marginal), kernel(forward)],
  backward: [kernel(gradZ), kernel(gradStats)],
  flops: ({ B, L }) => ({
    joint: 9 * B * B * L,
    marginal: 19 * B * B * L,
    forward: 3 * B * B + 10 * B * L,
    "grad-z": 22 * B * B * L,
    "grad-stats": 24 * B * B * L,
  }),
};
