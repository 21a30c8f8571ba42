import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import type { ActivationName } from "../ops/activation.js";
import { add } from "../ops/add.js";
import { activate } from "./activate.js";
import { Conv2d } from "./conv.js";
import type { InitStyle } from "./dense.js";
import { Norm, type NormKind } from "./norm.js";

export interface ResidualOptions {
  readonly norm?: NormKind;
  readonly activation?: ActivationName;
  readonly init?: InitStyle;
}

/** A residual block of two 3 x 3 convolutions (He et al. 2016, "Deep residual learning"):
 * activation(x + norm2(conv2(activation(norm1(conv1(x)))))), x [B, H, W, channels]. */
export class Residual {
  private readonly convs: readonly Conv2d[];
  private readonly norms: readonly (Norm | undefined)[];

  constructor(
    parameters: Parameters,
    readonly name: string,
    channels: number,
    private readonly options: ResidualOptions = {},
  ) {
    const { norm = "none", init } = options;
    const parts = [1, 2].map((i) => ({
      conv: new Conv2d(parameters, `${name}.conv${i}`, {
        inputs: channels,
        outputs: channels,
        bias: norm !== "batch",
        init,
      }),
      norm: norm === "none" ? undefined : new Norm(parameters, `${name}.norm${i}`, channels, norm),
    }));
    this.convs = parts.map((p) => p.conv);
    this.norms = parts.map((p) => p.norm);
  }

  apply(graph: Graph, x: Tensor): Tensor {
    const { activation } = this.options;
    const half = (i: 0 | 1, from: Tensor): Tensor => {
      const y = (this.convs[i] as Conv2d).apply(graph, from);
      return this.norms[i]?.apply(graph, y) ?? y;
    };
    const inner = activate(graph, half(0, x), activation, `${this.name}.1`);
    const sum = graph.apply(add, { a: x, b: half(1, inner) }, {}, `${this.name}.add`).y as Tensor;
    return activate(graph, sum, activation, this.name);
  }
}
