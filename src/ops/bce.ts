import forward from "../../shaders/bce/forward.wgsl";
import gradX from "../../shaders/bce/grad-x.wgsl";
import { kernel } from "./op.js";
import { rowLoss } from "./row-loss.js";

/** Binary cross-entropy from probabilities, in nats, summed over each row. x, t [B, ...] in [0, 1], loss [B]. Each log is at
 * least -100 and the gradient divides by at least 1e-12, as in PyTorch. From logits take `bceLogits`. */
export const bce = rowLoss({
  name: "bce",
  inputs: ["x", "t"],
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: { forward: 8, "grad-x": 5 },
});
