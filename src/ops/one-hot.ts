import forward from "../../shaders/one-hot/forward.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

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
  forward: [kernel(forward)],
  backward: [],
  flops: () => ({ forward: 0 }),
};
