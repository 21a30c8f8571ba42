import forwardSgb4 from "../../shaders/vector-quantize/forward.sgb4.wgsl";
import forwardSgb8 from "../../shaders/vector-quantize/forward.sgb8.wgsl";
import forwardTiled from "../../shaders/vector-quantize/forward.tiled.wgsl";
import forward from "../../shaders/vector-quantize/forward.wgsl";
import gradCodes from "../../shaders/vector-quantize/grad-codes.wgsl";
import gradX from "../../shaders/vector-quantize/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Profile } from "../gpu/profile.js";
import { sortKernels, sortSaved, sortTypes } from "./code-sums.js";
import type { Op, Shape, Sizes } from "./op.js";
import { kernel } from "./op.js";
import { rowSizes, stretchesOf } from "./rows.js";

/** The broadcast kernels are written out for a number of lanes and take features four at a time. */
const sgb =
  (lanes: 4 | 8) =>
  ({ matmul, subgroupSize }: Profile, { D }: Sizes): boolean =>
    matmul === "sgb" && subgroupSize === lanes && D % 4 === 0;

/** The nearest code of each row (van den Oord et al. 2017, "Neural discrete representation learning"); the lowest index wins
 * ties. x [..., D], codes [K, D]; q [..., D] the codes, indices u32 [...], commit and codebook [...] both |x - q|^2 of the row.
 * The gradient of q goes straight through to x, that of commit to x alone, that of codebook to the codes alone. */
export const vectorQuantize: Op = {
  name: "vector-quantize",
  inputs: ["x", "codes"],
  outputs: ({ x, codes }) => {
    if (!x || x.length < 2 || codes?.length !== 2)
      throw new InputError(`vector-quantize: x is [${x}] and codes [${codes}]; they must be [..., D] and [K, D].`);
    if (x.at(-1) !== codes[1])
      throw new InputError(
        `vector-quantize: x has ${x.at(-1)} features and the codes ${codes[1]}; they must be equal.`,
      );
    const rows = x.slice(0, -1);
    return { q: x, indices: rows, commit: rows, codebook: rows };
  },
  saved: ({ x, codes }) => sortSaved(rowSizes("vector-quantize", x as Shape).N, (codes as Shape)[0] as number),
  types: { indices: "u32", ...sortTypes },
  sizes: ({ x, codes }) => {
    const sizes = rowSizes("vector-quantize", x as Shape);
    const K = (codes as Shape)[0] as number;
    return { ...sizes, K, ...stretchesOf(sizes.N, K) };
  },
  forward: [
    kernel(forward, [forwardSgb8, sgb(8)], [forwardSgb4, sgb(4)], [forwardTiled, ({ matmul }) => matmul === "tiled"]),
  ],
  // Rows that do not count have no gradient: the sort need not leave them out.
  backward: [kernel(gradX), ...sortKernels, kernel(gradCodes)],
  flops: ({ N, K, D }) => 2 * N * K * D,
};
