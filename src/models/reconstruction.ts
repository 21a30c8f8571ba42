import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { activation, activations } from "../ops/activation.js";
import { bceLogits } from "../ops/bce-logits.js";
import { l1 } from "../ops/l1.js";
import { mse } from "../ops/mse.js";
import { mul } from "../ops/mul.js";
import { elements } from "../ops/op.js";
import { sigmaNll } from "../ops/sigma-nll.js";
import type { Batch, Term } from "./model.js";

/** The sigmoid that makes a picture of a decoder's output. */
export function squash(graph: Graph, x: Tensor): Tensor {
  return graph.apply(activation, { x }, { kind: activations.sigmoid }, "sigmoid").y as Tensor;
}

export interface ReconstructionOptions {
  /** Whether pictures are the raw output itself. */
  readonly linear?: boolean;
  /** The learnt variance of "gaussian", [1]. */
  readonly logVar?: Tensor | undefined;
}

/** The loss of what a decoder gives, raw [B, D], against the batch's target: "bce" reads it as logits, the others through a
 * sigmoid unless `linear`. Where only some pixels count, the loss is one that is 0 between equal numbers: not "bce". */
export function reconstruction(
  graph: Graph,
  raw: Tensor,
  { target, counted, countedElements }: Pick<Batch, "target" | "counted" | "countedElements">,
  kind: "bce" | "mse" | "l1" | "gaussian",
  { linear = false, logVar }: ReconstructionOptions = {},
): { readonly term: Term; readonly output: Tensor } {
  const output = kind === "bce" || linear ? raw : squash(graph, raw);
  const among = (x: Tensor): Tensor =>
    counted ? (graph.apply(mul, { a: x, b: counted }, {}, "recon.counted").y as Tensor) : x;
  const inputs = { x: among(output), t: among(target) };
  const numbers = countedElements ?? elements(target.shape.slice(1));
  const { loss } = graph.apply({ bce: bceLogits, mse, l1, gaussian: mse }[kind], inputs, {}, "recon");
  const tensor = logVar
    ? graph.apply(sigmaNll, { square: loss as Tensor, logVar }, { elements: numbers }, "likelihood").loss
    : loss;
  return { term: { name: "recon", tensor: tensor as Tensor, elements: numbers }, output };
}
