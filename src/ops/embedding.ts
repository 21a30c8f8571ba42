import forward from "../../shaders/embedding/forward.wgsl";
import { InputError } from "../errors.js";
import { sortFlops, sortKernels, sortSaved, sortTypes, sumKernel } from "./code-sums.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel, renamed } from "./op.js";
import { columnsOf, stretchesOf } from "./rows.js";

/** Rows of a table by their numbers: y[..., :] = w[indices[...], :], 0 where there is no such row. w [K, D], indices u32 [...],
 * y [..., D]. */
export const embedding: Op = {
  name: "embedding",
  inputs: ["w", "indices"],
  outputs: ({ w, indices }) => {
    if (w?.length !== 2) throw new InputError(`embedding: w is [${w}]; it must be [rows, features].`);
    return { y: [...(indices as Shape), w[1] as number] };
  },
  saved: ({ w, indices }) => {
    const [K] = w as [number];
    return { ...sortSaved(elements(indices as Shape), K), counts: [K] };
  },
  types: { indices: "u32", ...sortTypes },
  sizes: ({ w, indices }) => {
    const [K, D] = w as [number, number];
    const N = elements(indices as Shape);
    return { N, K, D, P: 1, ...stretchesOf(N, K) };
  },
  overrides: ({ w }) => ({ COLUMNS: columnsOf((w as Shape)[1] as number) }),
  forward: [kernel(forward)],
  backward: [...sortKernels, renamed(sumKernel, "embedding/grad-w", { x: "dy", sums: "dw" })],
  flops: ({ N, D }) => ({ forward: 0, ...sortFlops, "grad-w": N * D }),
};
