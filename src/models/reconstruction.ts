import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { activation, activations } from "../ops/activation.js";
import { bceLogits } from "../ops/bce-logits.js";
import { l1 } from "../ops/l1.js";
import { mse } from "../ops/mse.js";
import { elements } from "../ops/op.js";
import type { Term } from "./model.js";

/** The sigmoid that makes a picture of a decoder's output. */
export function squash(graph: Graph, x: Tensor): Tensor {
  return graph.apply(activation, { x }, { kind: activations.sigmoid }, "sigmoid").y as Tensor;
}

/** The loss of what a decoder gives, raw [B, D], against the target [B, D]: "bce" reads it as logits, the others through a sigmoid
 * unless `linear`. */
export function reconstruction(
  graph: Graph,
  raw: Tensor,
  target: Tensor,
  kind: "bce" | "mse" | "l1",
  linear = false,
): { readonly term: Term; readonly output: Tensor } {
  const output = kind === "bce" || linear ? raw : squash(graph, raw);
  const { loss } = graph.apply({ bce: bceLogits, mse, l1 }[kind], { x: output, t: target }, {}, "recon");
  return { term: { name: "recon", tensor: loss, elements: elements(target.shape.slice(1)) }, output };
}
