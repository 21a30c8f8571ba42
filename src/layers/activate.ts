import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { ActivationName } from "../ops/activation.js";
import { activation, activations, defaultSlope } from "../ops/activation.js";

/** Applies an activation behind the layer of that name; "none" or no name leaves x as it is. */
export function activate(graph: Graph, x: Tensor, name: ActivationName | undefined, layer: string): Tensor {
  const kind = activations[name ?? "none"];
  return kind === 0
    ? x
    : (graph.apply(activation, { x }, { kind, slope: defaultSlope(kind) }, `${layer}.${name}`).y as Tensor);
}
