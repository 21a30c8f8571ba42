import type { Graph } from "../graph/graph.js";
import type { Flattened, Init, Parameters, TorchPart } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import type { ActivationName } from "../ops/activation.js";
import { linear } from "../ops/linear.js";
import { activate } from "./activate.js";

/** Which library's default initialisation: PyTorch's U(-1/sqrt(fanIn), 1/sqrt(fanIn)) for weight and bias, or Keras's Glorot
 * uniform with zero biases. */
export type InitStyle = "torch" | "keras";

export interface DenseOptions {
  readonly activation?: ActivationName;
  readonly init?: InitStyle;
  /** PyTorch layers that stand side by side in this one: [{name: "mu", width: 8}, {name: "logVar", width: 8}]. */
  readonly parts?: readonly { readonly name: string; readonly width: number }[];
  /** Where inputs or outputs are flattened pictures: how many channels these have. */
  readonly flattened?: Flattened;
}

/** A fully connected layer: x [B, I] to activation(x w + bias) [B, O]. */
export class Dense {
  readonly w: Tensor;
  readonly bias: Tensor;

  constructor(
    parameters: Parameters,
    readonly name: string,
    readonly inputs: number,
    readonly outputs: number,
    private readonly options: DenseOptions = {},
  ) {
    const parts = options.parts ?? [{ name, width: outputs }];
    const keras = options.init === "keras";
    // Each part is a layer of its own in PyTorch, and Glorot's bound knows only its own outputs.
    const weight: Init = keras
      ? { kind: "glorotUniform", fanIn: inputs, fanOut: parts[0].width }
      : { kind: "torchUniform", fanIn: inputs };
    this.w = parameters.add(`${name}.weight`, [inputs, outputs], weight, spans(parts, "weight"), options.flattened);
    const bias: Init = keras ? { kind: "zeros" } : { kind: "torchUniform", fanIn: inputs };
    this.bias = parameters.add(`${name}.bias`, [outputs], bias, spans(parts, "bias"), options.flattened);
  }

  get activation(): ActivationName {
    return this.options.activation ?? "none";
  }

  apply(graph: Graph, x: Tensor): Tensor {
    return this.steps(graph, x).y;
  }

  /** The same, and what the activation is taken of, x w + bias. */
  steps(graph: Graph, x: Tensor): { readonly y: Tensor; readonly before: Tensor } {
    const { y: before } = graph.apply(linear, { x, w: this.w, bias: this.bias }, {}, this.name);
    return { y: activate(graph, before, this.options.activation, this.name), before };
  }
}

function spans(parts: readonly { name: string; width: number }[], kind: string): TorchPart[] {
  let from = 0;
  return parts.map(({ name, width }) => {
    const part = { name: `${name}.${kind}`, from, to: from + width };
    from += width;
    return part;
  });
}
