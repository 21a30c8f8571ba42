import forward from "../../shaders/smooth-l1/forward.wgsl";
import gradT from "../../shaders/smooth-l1/grad-t.wgsl";
import gradX from "../../shaders/smooth-l1/grad-x.wgsl";
import { InputError } from "../errors.js";
import { kernel } from "./op.js";
import { rowLoss } from "./row-loss.js";

/** Huber's loss over beta: square below beta, absolute above, summed over each row. x, t [B, ...], loss [B].
 * Attrs: beta (1), above 0; its size rule throws InputError on another. */
export const smoothL1 = rowLoss({
  name: "smooth-l1",
  inputs: ["x", "t"],
  sizes: ({ beta = 1 }) => {
    if (!(Number(beta) > 0)) throw new InputError(`smooth-l1: beta is ${beta}; give a number above 0, or use l1.`);
    return { beta: Number(beta) };
  },
  forward: [kernel(forward)],
  backward: [kernel(gradX), kernel(gradT)],
  flops: { forward: 4, "grad-x": 3, "grad-t": 3 },
});
