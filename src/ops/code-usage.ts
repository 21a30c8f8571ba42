import forward from "../../shaders/code-usage/forward.wgsl";
import perplexityForward from "../../shaders/perplexity/forward.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";

/** How often each code is used, kept from batch to batch: usage [K], rewritten in place, from a batch's counts [K]. Without a decay
 * it adds up, and whoever reads it starts it anew; with one it is a moving average, decay usage + (1 - decay) counts.
 * Attrs: decay (none). */
export const codeUsage: Op = {
  name: "code-usage",
  inputs: ["counts", "usage"],
  outputs: ({ counts, usage }, { decay }) => {
    if (!sameShape(counts as Shape, usage as Shape))
      throw new InputError(`code-usage: counts are [${counts}] and usage [${usage}]; give both the same shape.`);
    if (decay !== undefined && !(Number(decay) >= 0 && Number(decay) <= 1))
      throw new InputError(`code-usage: decay is ${decay}; give a number from 0 to 1, or none.`);
    return {};
  },
  sizes: ({ counts }, { decay }) => ({
    K: (counts as Shape)[0] as number,
    keep: Number(decay ?? 1),
    weight: decay === undefined ? 1 : 1 - Number(decay),
  }),
  forward: [kernel(forward)],
  backward: [],
};

/** How many codes are in even use: exp of the entropy of counts [K], from 1 to K; y [1]. */
export const perplexity: Op = {
  name: "perplexity",
  inputs: ["counts"],
  outputs: () => ({ y: [1] }),
  sizes: ({ counts }) => ({ K: (counts as Shape)[0] as number }),
  forward: [kernel(perplexityForward)],
  backward: [],
};
