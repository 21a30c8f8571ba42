import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import type { ActivationName } from "../ops/activation.js";
import { activate } from "./activate.js";
import { Conv2d, type ConvOptions, ConvTranspose2d } from "./conv.js";
import type { InitStyle } from "./dense.js";
import { ResidualUnit } from "./residual-unit.js";

export interface SequenceOptions {
  /** Default relu. */
  readonly activation?: ActivationName;
  readonly init?: InitStyle;
}

type Shape = Pick<ConvOptions, "inputs" | "outputs" | "kernel" | "stride">;

/** Modules one behind the other, named as in PyTorch's nn.Sequential: NAME.0, NAME.1, ..., activations counted. */
export class Sequence {
  private readonly steps: ((graph: Graph, x: Tensor) => Tensor)[] = [];

  constructor(
    private readonly parameters: Parameters,
    readonly name: string,
    private readonly options: SequenceOptions = {},
  ) {}

  private get next(): string {
    return `${this.name}.${this.steps.length}`;
  }

  conv(shape: Shape): this {
    const layer = new Conv2d(this.parameters, this.next, { ...shape, init: this.options.init });
    this.steps.push((graph, x) => layer.apply(graph, x));
    return this;
  }

  transposed(shape: Shape): this {
    const layer = new ConvTranspose2d(this.parameters, this.next, { ...shape, init: this.options.init });
    this.steps.push((graph, x) => layer.apply(graph, x));
    return this;
  }

  activation(): this {
    const { next } = this;
    this.steps.push((graph, x) => activate(graph, x, this.options.activation ?? "relu", next));
    return this;
  }

  /** `count` residual units. */
  residual(count: number, channels: number, inner: number | undefined): this {
    for (let i = 0; i < count; i++) {
      const unit = new ResidualUnit(this.parameters, this.next, channels, { ...this.options, inner });
      this.steps.push((graph, x) => unit.apply(graph, x));
    }
    return this;
  }

  apply(graph: Graph, x: Tensor): Tensor {
    return this.steps.reduce((t, step) => step(graph, t), x);
  }
}
