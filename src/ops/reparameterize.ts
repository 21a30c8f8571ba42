import forward from "../../shaders/reparameterize/forward.wgsl";
import gradStats from "../../shaders/reparameterize/grad-stats.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape, Shapes } from "./op.js";
import { kernel, sameShape } from "./op.js";

/** Rows and latent dimensions of stats [B, 2L]. */
export function latentSizes(op: string, stats: Shape): { B: number; L: number } {
  const [B, columns] = stats as [number, number];
  if (stats.length !== 2 || columns % 2 !== 0)
    throw new InputError(`${op}: the statistics are [${stats}]; they must be [B, 2L], mu beside logVar.`);
  return { B, L: columns / 2 };
}

/** z = mu + temperature * exp(logVar / 2) * eps and its KL divergence to N(0, I), a row each (Kingma and Welling 2014,
 * "Auto-encoding variational Bayes"). stats [B, 2L] (mu beside logVar), eps [B, L] or drawn by step; z [B, L], kl [B] in nats.
 * exp sees logVar within [-30, 20]; its gradient beyond is the one at the edge. Attrs: temperature (1; 0 gives the mean). */
export const reparameterize: Op = {
  name: "reparameterize",
  inputs: ["stats", "eps"],
  optional: { eps: "stats" },
  outputs: ({ stats, eps }: Shapes) => {
    const { B, L } = latentSizes("reparameterize", stats as Shape);
    if (eps && !sameShape(eps, [B, L]))
      throw new InputError(`reparameterize: eps is [${eps}]; for these statistics it must be [${B},${L}].`);
    return { z: [B, L], kl: [B] };
  },
  sizes: ({ stats }, { temperature }) => ({
    ...latentSizes("reparameterize", stats as Shape),
    temperature: Number(temperature ?? 1),
  }),
  overrides: ({ eps }) => ({ HAS_EPS: eps !== undefined }),
  forward: [kernel(forward)],
  backward: [kernel(gradStats)],
  // A normal number that is drawn takes 7.
  flops: ({ B, L }, { HAS_EPS }) => {
    const each = B * L * (HAS_EPS ? 12 : 19);
    return { forward: each, "grad-stats": each };
  },
};
