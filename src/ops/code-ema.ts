import counts from "../../shaders/code-ema/counts.wgsl";
import forward from "../../shaders/code-ema/forward.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";

/** Codes as moving averages of their rows (van den Oord et al. 2017, appendix A.1): from a batch's counts [K] and sums [K, D] of
 * `code-sums`, in place, n [K] = decay n + (1 - decay) counts, m [K, D] = decay m + (1 - decay) sums and codes [K, D] = m / w,
 * w = (n + eps) / (sum n + K eps) sum n. The quotient needs no debiasing: n and m start alike, at 0 or at (1, code). The eps is
 * Laplace's smoothing as Sonnet has it; it would draw a code that is not used to 0, so with `hold` a code without rows in the batch keeps
 * its place to the bit. A batch without rows changes nothing. decay 0 and eps 0 are a step of k-means.
 * Attrs: decay (0.99), eps (1e-5), hold (true). */
export const codeEma: Op = {
  name: "code-ema",
  inputs: ["counts", "sums", "n", "m", "codes"],
  outputs: ({ counts: c, sums, n, m, codes }, { decay = 0.99, eps = 1e-5 }) => {
    const [K, D] = codes as [number, number];
    if (codes?.length !== 2 || !sameShape(c as Shape, [K]) || !sameShape(n as Shape, [K]))
      throw new InputError(
        `code-ema: counts are [${c}], n [${n}], codes [${codes}]; they must be [K], [K] and [K, D].`,
      );
    for (const [name, shape] of Object.entries({ sums, m }))
      if (!sameShape(shape as Shape, [K, D]))
        throw new InputError(`code-ema: ${name} is [${shape}] and codes [${codes}]; give both the same shape.`);
    if (!(Number(decay) >= 0 && Number(decay) <= 1))
      throw new InputError(`code-ema: decay is ${decay}; give a number from 0 to 1.`);
    if (!(Number(eps) >= 0)) throw new InputError(`code-ema: eps is ${eps}; give 0 or a small number, such as 1e-5.`);
    return {};
  },
  saved: () => ({ totals: [2] }),
  sizes: ({ codes }, { decay = 0.99, eps = 1e-5 }) => {
    const [K, D] = codes as [number, number];
    return { K, D, decay: Number(decay), rest: 1 - Number(decay), eps: Number(eps) };
  },
  overrides: (_, { hold }) => ({ HOLD: hold !== false }),
  forward: [kernel(counts), kernel(forward)],
  backward: [],
};
