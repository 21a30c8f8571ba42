import forward from "../../shaders/importance/forward.wgsl";
import grad from "../../shaders/importance/grad.wgsl";
import ratioForward from "../../shaders/prior-ratio/forward.wgsl";
import ratioGrad from "../../shaders/prior-ratio/grad.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { latentSizes } from "./reparameterize.js";

/** log p(z) - log q(z | x), in nats a row, for the prior N(0, I) and the posterior N(mu, exp(logVar)). stats [B, 2L] (mu beside logVar),
 * z [B, L], ratio [B]. exp sees logVar within [-30, 20]; its gradient beyond is the one at the edge. */
export const priorRatio: Op = {
  name: "prior-ratio",
  inputs: ["stats", "z"],
  outputs: ({ stats, z }) => {
    const { B, L } = latentSizes("prior-ratio", stats as Shape);
    if (!sameShape(z as Shape, [B, L]))
      throw new InputError(`prior-ratio: z is [${z}]; for these statistics it must be [${B},${L}].`);
    return { ratio: [B] };
  },
  sizes: ({ stats }) => latentSizes("prior-ratio", stats as Shape),
  forward: [kernel(ratioForward)],
  backward: [kernel(ratioGrad)],
  flops: ({ B, L }) => ({ forward: 10 * B * L, grad: 9 * B * L }),
};

/** The bound on -log p(x) by `draws` latents of each row (Burda et al. 2016, "Importance weighted autoencoders"):
 * log K - log sum_k exp(ratio - recon), in nats. recon, ratio [B * K], a row's draws side by side; loss [B]. Attrs: draws (K). */
export const importance: Op = {
  name: "importance",
  inputs: ["recon", "ratio"],
  outputs: ({ recon, ratio }, { draws }) => {
    const [rows] = recon as [number];
    if (recon?.length !== 1 || !sameShape(recon, ratio as Shape))
      throw new InputError(
        `importance: recon is [${recon}] and ratio [${ratio}]; give both one number a draw, [B * K].`,
      );
    if (!(Number.isInteger(draws) && Number(draws) >= 1 && rows % Number(draws) === 0))
      throw new InputError(
        `importance: there are ${draws} draws a row and ${rows} in all; the first must divide the second.`,
      );
    return { loss: [rows / Number(draws)] };
  },
  sizes: ({ recon }, { draws }) => {
    const [rows] = recon as Shape as [number];
    return { B: rows / Number(draws), K: Number(draws) };
  },
  forward: [kernel(forward)],
  backward: [kernel(grad)],
  flops: ({ B, K }) => ({ forward: 5 * B * K, grad: 6 * B * K }),
};
