import forward from "../../shaders/kl-class-mean/forward.wgsl";
import gradStats from "../../shaders/kl-class-mean/grad-stats.wgsl";
import gradTable from "../../shaders/kl-class-mean/grad-table.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { latentSizes } from "./reparameterize.js";

/** KL divergence of N(mu, exp(logVar)) to N(table[label], I), in nats a row: a prior with one mean a class. stats [B, 2L],
 * table [K, L], labels u32 [B] below K, kl [B]. */
export const klClassMean: Op = {
  name: "kl-class-mean",
  inputs: ["stats", "table", "labels"],
  types: { labels: "u32" },
  outputs: ({ stats, table, labels }) => {
    const { B, L } = latentSizes("kl-class-mean", stats as Shape);
    if (table?.length !== 2 || table[1] !== L)
      throw new InputError(`kl-class-mean: the table is [${table}]; for ${L} latent dimensions it must be [K,${L}].`);
    if (!sameShape(labels as Shape, [B]))
      throw new InputError(`kl-class-mean: the labels are [${labels}]; for ${B} rows they must be [${B}].`);
    return { kl: [B] };
  },
  sizes: ({ stats, table }) => ({ ...latentSizes("kl-class-mean", stats as Shape), K: (table as Shape)[0] as number }),
  forward: [kernel(forward)],
  backward: [kernel(gradStats), kernel(gradTable)],
  flops: ({ B, L }) => ({ forward: 8 * B * L, "grad-stats": 6 * B * L, "grad-table": 3 * B * L }),
};
