import forward from "../../shaders/code-sums/forward.wgsl";
import order from "../../shaders/code-sums/order.wgsl";
import ranks from "../../shaders/code-sums/ranks.wgsl";
import starts from "../../shaders/code-sums/starts.wgsl";
import { InputError } from "../errors.js";
import type { Attrs, DType, Op, Shape, Shapes } from "./op.js";
import { kernel, sameShape } from "./op.js";
import { rowSizes, stretchesOf } from "./rows.js";

/** The kernels that sort rows by code, stably: within a code their order stays. No atomics; the same bits each time. */
export const sortKernels = [kernel(ranks), kernel(starts), kernel(order)];

/** What they leave for one another, of N rows and K codes: order u32 [N] and starts u32 [K + 1] at last. */
export function sortSaved(N: number, K: number): Shapes {
  const { S } = stretchesOf(N, K);
  return { rank: [N], histogram: [S as number, K], offsets: [S as number, K], starts: [K + 1], order: [N] };
}

export const sortTypes: Readonly<Record<string, DType>> = {
  rank: "u32",
  histogram: "u32",
  offsets: "u32",
  starts: "u32",
  order: "u32",
};

const codesOf = ({ codes }: Attrs): number => Number(codes);

/** How often each code is used in the batch, and the sum of its rows in their order. x [B, ..., D], indices u32 [B, ...],
 * counts [K], sums [K, D]. Only the rows of the batch that count (step.rows) do. Attrs: codes (K). */
export const codeSums: Op = {
  name: "code-sums",
  inputs: ["x", "indices"],
  outputs: ({ x, indices }, attrs) => {
    const { D } = rowSizes("code-sums", x as Shape);
    if (!sameShape((x as Shape).slice(0, -1), indices as Shape))
      throw new InputError(`code-sums: x is [${x}] and indices [${indices}]; give one index a row of x.`);
    const K = codesOf(attrs);
    if (!(Number.isInteger(K) && K > 0))
      throw new InputError(`code-sums: there are ${attrs.codes} codes; give a whole number from 1.`);
    return { counts: [K], sums: [K, D] };
  },
  saved: ({ x }, attrs) => sortSaved(rowSizes("code-sums", x as Shape).N, codesOf(attrs)),
  types: { indices: "u32", ...sortTypes },
  sizes: ({ x }, attrs) => {
    const sizes = rowSizes("code-sums", x as Shape);
    return { ...sizes, K: codesOf(attrs), ...stretchesOf(sizes.N, codesOf(attrs)) };
  },
  overrides: () => ({ COUNTED: true }),
  forward: [...sortKernels, kernel(forward)],
  backward: [],
};
