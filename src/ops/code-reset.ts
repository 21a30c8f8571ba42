import forward from "../../shaders/code-reset/forward.wgsl";
import { InputError } from "../errors.js";
import { streams } from "../random/philox.js";
import type { Op, Shape } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { rowSizes } from "./rows.js";

/** Puts dead codes where rows are: a code k with n[k] < threshold becomes a row of x, drawn by seed and step among the rows that count
 * (step.rows), no two the same while there are enough; n[k] becomes `fresh`, m[k] `fresh` times the code. x [B, ..., D], n [K] how
 * much each code is used (of `code-ema` or `code-usage`), m [K, D], codes [K, D]; the last three in place.
 * Attrs: threshold, fresh (threshold), every (1: in each step; k: in every k-th), site (0: which quantizer of a model draws),
 * ema (true; false: m is left alone, give a tensor of one element). */
export const codeReset: Op = {
  name: "code-reset",
  inputs: ["x", "n", "m", "codes"],
  outputs: ({ x, n, m, codes }, { threshold, every = 1, ema }) => {
    const { D } = rowSizes("code-reset", x as Shape);
    const [K] = codes as [number];
    if (codes?.length !== 2 || codes[1] !== D || !sameShape(n as Shape, [K]))
      throw new InputError(
        `code-reset: x is [${x}], n [${n}], codes [${codes}]; they must be [..., D], [K] and [K, D].`,
      );
    if (ema !== false && !sameShape(m as Shape, codes))
      throw new InputError(`code-reset: m is [${m}] and codes [${codes}]; give both the same shape.`);
    if (!(Number(threshold) >= 0))
      throw new InputError(`code-reset: the threshold is ${threshold}; give a number of rows from 0.`);
    if (!(Number.isInteger(every) && Number(every) >= 1))
      throw new InputError(`code-reset: every is ${every}; give a whole number of steps from 1.`);
    return {};
  },
  sizes: ({ x, codes }, { threshold, fresh = threshold ?? 0, every = 1, site = 0 }) => ({
    ...rowSizes("code-reset", x as Shape),
    K: (codes as Shape)[0] as number,
    every: Number(every),
    stream: streams.codes + 16 * Number(site),
    threshold: Number(threshold),
    fresh: Number(fresh),
  }),
  overrides: (_, { ema }) => ({ EMA: ema !== false }),
  forward: [kernel(forward)],
  backward: [],
};
