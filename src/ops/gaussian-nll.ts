import forward from "../../shaders/gaussian-nll/forward.wgsl";
import gradX from "../../shaders/gaussian-nll/grad-x.wgsl";
import { kernel } from "./op.js";
import { rowLoss } from "./row-loss.js";

/** Negative log-likelihood of t under N(x, exp(logVar)), in nats, summed over each row. x, logVar, t [B, ...], loss [B].
 * exp sees logVar within [-30, 20]; its gradient beyond is the one at the edge. */
export const gaussianNll = rowLoss({
  name: "gaussian-nll",
  inputs: ["x", "logVar", "t"],
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: { forward: 8, "grad-x": 8 },
});
