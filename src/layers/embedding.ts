import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { embedding } from "../ops/embedding.js";

/** A table of vectors that are looked up by number: indices u32 [...] to [..., features]. It starts as
 * U(-1/sqrt(fanIn), 1/sqrt(fanIn)); with fanIn the rows it is PyTorch's linear layer over one-hot numbers. */
export class Embedding {
  readonly w: Tensor;

  constructor(
    parameters: Parameters,
    readonly name: string,
    rows: number,
    features: number,
    fanIn = 1,
  ) {
    this.w = parameters.addTable(`${name}.weight`, [rows, features], { kind: "torchUniform", fanIn });
  }

  apply(graph: Graph, indices: Tensor): Tensor {
    return graph.apply(embedding, { w: this.w, indices }, {}, this.name).y as Tensor;
  }
}
