import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { gate } from "../ops/gate.js";
import { Dense, type InitStyle } from "./dense.js";

/** mu beside logVar of a Gaussian by one hidden layer tanh(x a) sigmoid(x b): the "D block" of TD-VAE (Gregor et al. 2019). In PyTorch
 * four linear layers, NAME.tanh, NAME.sigmoid, NAME.mu, NAME.logVar. */
export class GatedStatistics {
  private readonly hidden: Dense;
  private readonly statistics: Dense;

  constructor(
    parameters: Parameters,
    readonly name: string,
    {
      inputs,
      hiddenDim,
      latentDim,
      init,
    }: {
      readonly inputs: number;
      readonly hiddenDim: number;
      readonly latentDim: number;
      readonly init?: InitStyle | undefined;
    },
  ) {
    const pair = (part: string, into: number, names: readonly [string, string], width: number): Dense => {
      const parts = names.map((of) => ({ name: `${name}.${of}`, width }));
      return new Dense(parameters, `${name}.${part}`, into, 2 * width, { parts, ...(init && { init }) });
    };
    this.hidden = pair("hidden", inputs, ["tanh", "sigmoid"], hiddenDim);
    this.statistics = pair("statistics", hiddenDim, ["mu", "logVar"], latentDim);
  }

  /** x [B, inputs] to [B, 2 latentDim]. */
  apply(graph: Graph, x: Tensor): Tensor {
    const { y } = graph.apply(gate, { x: this.hidden.apply(graph, x) }, {}, `${this.name}.gate`);
    return this.statistics.apply(graph, y as Tensor);
  }
}
