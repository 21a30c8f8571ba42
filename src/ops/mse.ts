import forward from "../../shaders/mse/forward.wgsl";
import gradT from "../../shaders/mse/grad-t.wgsl";
import gradX from "../../shaders/mse/grad-x.wgsl";
import { kernel } from "./op.js";
import { rowLoss } from "./row-loss.js";

/** Squared error, summed over each row. x, t [B, ...], loss [B]. */
export const mse = rowLoss({
  name: "mse",
  inputs: ["x", "t"],
  forward: [kernel(forward)],
  backward: [kernel(gradX), kernel(gradT)],
  flops: { forward: 3, "grad-x": 3, "grad-t": 3 },
});
