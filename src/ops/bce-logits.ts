import forward from "../../shaders/bce-logits/forward.wgsl";
import gradX from "../../shaders/bce-logits/grad-x.wgsl";
import { kernel } from "./op.js";
import { rowLoss } from "./row-loss.js";

/** Binary cross-entropy from logits, in nats, summed over each row. x, t [B, ...] (t in [0, 1]), loss [B]. */
export const bceLogits = rowLoss({
  name: "bce-logits",
  inputs: ["x", "t"],
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: { forward: 7, "grad-x": 3 },
});
