import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import type { ActivationName } from "../ops/activation.js";
import { add } from "../ops/add.js";
import { activate } from "./activate.js";
import { Conv2d } from "./conv.js";
import type { InitStyle } from "./dense.js";

export interface ResidualUnitOptions {
  /** Channels between the two convolutions; where left out there is one, 3 x 3. */
  readonly inner?: number;
  /** Default relu. */
  readonly activation?: ActivationName;
  readonly init?: InitStyle;
}

/** The residual unit of VQ-VAEs (van den Oord et al. 2017, "Neural discrete representation learning"), activations first:
 * x + conv2(activation(conv1(activation(x)))) with a 3 x 3 and a 1 x 1 convolution, or x + conv1(activation(x)) without `inner`.
 * x [B, H, W, channels]. */
export class ResidualUnit {
  private readonly convs: readonly Conv2d[];

  constructor(
    parameters: Parameters,
    readonly name: string,
    channels: number,
    private readonly options: ResidualUnitOptions = {},
  ) {
    const { inner, init } = options;
    this.convs = [
      new Conv2d(parameters, `${name}.conv1`, { inputs: channels, outputs: inner ?? channels, init }),
      ...(inner === undefined
        ? []
        : [new Conv2d(parameters, `${name}.conv2`, { inputs: inner, outputs: channels, kernel: 1, init })]),
    ];
  }

  apply(graph: Graph, x: Tensor): Tensor {
    const { activation = "relu" } = this.options;
    let inner = x;
    this.convs.forEach((conv, i) => {
      inner = conv.apply(graph, activate(graph, inner, activation, `${this.name}.${i + 1}`));
    });
    return graph.apply(add, { a: x, b: inner }, {}, `${this.name}.add`).y as Tensor;
  }
}
