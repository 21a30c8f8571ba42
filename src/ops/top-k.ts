import forward from "../../shaders/top-k/forward.wgsl";
import gradX from "../../shaders/top-k/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** Keeps the k largest of each row and sets the others to 0 (Makhzani and Frey 2014, "k-sparse autoencoders"); of equal ones
 * those of lowest index. x, y [B, J]; saves kept u32 [B, J]. The gradient goes through what is kept. Attrs: k from 1 to J. */
export const topK: Op = {
  name: "top-k",
  inputs: ["x"],
  outputs: ({ x }, { k }) => {
    if (x?.length !== 2) throw new InputError(`top-k: x is [${x}]; it must be [rows, units].`);
    const [B, J] = x as [number, number];
    if (!(Number.isInteger(k) && Number(k) >= 1 && Number(k) <= J))
      throw new InputError(`top-k: k is ${k}; of ${J} units give a whole number from 1 to ${J}.`);
    return { y: [B, J] };
  },
  saved: ({ x }) => ({ kept: x as Shape }),
  types: { kept: "u32" },
  sizes: ({ x }, { k }) => {
    const [B, J] = x as [number, number];
    return { B, J, K: Number(k), N: elements([B, J]) };
  },
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: () => ({ forward: 0, "grad-x": 0 }),
};
