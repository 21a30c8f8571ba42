import forward from "../../shaders/embedding/forward.wgsl";
import oneHotForward from "../../shaders/one-hot/forward.wgsl";
import { InputError } from "../errors.js";
import { sortKernels, sortSaved, sortTypes, sumKernel } from "./code-sums.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel, renamed } from "./op.js";
import { stretchesOf } from "./rows.js";

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
  forward: [kernel(forward)],
  backward: [...sortKernels, renamed(sumKernel, "embedding/grad-w", { x: "dy", sums: "dw" })],
};

/** 1 at each index and 0 elsewhere. indices u32 [...], y [..., classes]. Attrs: classes. */
export const oneHot: Op = {
  name: "one-hot",
  inputs: ["indices"],
  outputs: ({ indices }, { classes }) => {
    if (!(Number.isInteger(classes) && Number(classes) > 0))
      throw new InputError(`one-hot: there are ${classes} classes; give a whole number from 1.`);
    return { y: [...(indices as Shape), Number(classes)] };
  },
  types: { indices: "u32" },
  sizes: ({ indices }, { classes }) => ({ N: elements(indices as Shape), K: Number(classes) }),
  forward: [kernel(oneHotForward)],
  backward: [],
};
