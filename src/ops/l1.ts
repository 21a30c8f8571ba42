import forward from "../../shaders/l1/forward.wgsl";
import gradT from "../../shaders/l1/grad-t.wgsl";
import gradX from "../../shaders/l1/grad-x.wgsl";
import { kernel } from "./op.js";
import { rowLoss } from "./row-loss.js";

/** Absolute error, summed over each row. x, t [B, ...], loss [B]. */
export const l1 = rowLoss({
  name: "l1",
  inputs: ["x", "t"],
  forward: [kernel(forward)],
  backward: [kernel(gradX), kernel(gradT)],
  flops: { forward: 2, "grad-x": 2, "grad-t": 2 },
});
