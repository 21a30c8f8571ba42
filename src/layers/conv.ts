import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Init, Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import type { ActivationName } from "../ops/activation.js";
import { convTranspose2d } from "../ops/conv-transpose2d.js";
import { conv2d } from "../ops/conv2d.js";
import type { Attrs } from "../ops/op.js";
import { activate } from "./activate.js";
import type { InitStyle } from "./dense.js";

export interface ConvOptions {
  /** Channels in and out. */
  readonly inputs: number;
  readonly outputs: number;
  /** Side of the kernel; an even one goes with an even stride. Default 3. */
  readonly kernel?: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
  readonly activation?: ActivationName;
  readonly init?: InitStyle;
}

function addConv(parameters: Parameters, name: string, options: ConvOptions, transposed: boolean) {
  const { inputs, outputs, kernel = 3, groups = 1, bias = true } = options;
  const [inner, outer] = transposed ? [outputs / groups, inputs] : [inputs / groups, outputs];
  // PyTorch takes the second axis of its layout for the inputs, of a transposed convolution too.
  const fanIn = kernel * kernel * inner;
  const keras = options.init === "keras";
  const weight: Init = keras
    ? { kind: "glorotUniform", fanIn, fanOut: kernel * kernel * outer }
    : { kind: "torchUniform", fanIn };
  return {
    w: parameters.add(`${name}.weight`, [kernel, kernel, inner, outer], weight),
    ...(bias && {
      bias: parameters.add(`${name}.bias`, [outputs], keras ? { kind: "zeros" } : { kind: "torchUniform", fanIn }),
    }),
  };
}

/** Zeros on each side, such that a picture comes out divided by the stride. @throws InputError where none do that */
function paddingOf({ kernel = 3, stride = 1 }: ConvOptions): number {
  if (kernel % 2 === 0 && (stride % 2 === 1 || kernel < stride))
    throw new InputError(
      `A kernel of ${kernel} with a stride of ${stride} does not divide a picture evenly; take an odd kernel, or an even stride up to the kernel's side.`,
    );
  return kernel % 2 === 0 ? (kernel - stride) / 2 : (kernel - 1) / 2;
}

function geometryOf(options: ConvOptions): Attrs {
  const { stride = 1, groups = 1 } = options;
  const pad = paddingOf(options);
  return {
    strideH: stride,
    strideW: stride,
    padTop: pad,
    padLeft: pad,
    padBottom: pad,
    padRight: pad,
    ...(groups > 1 && { groups }),
  };
}

/** A convolution, channels last, padded so that x [B, H, W, inputs] gives [B, H/stride, W/stride, outputs] (rounded up). */
export class Conv2d {
  private readonly tensors: { readonly w: Tensor; readonly bias?: Tensor };

  constructor(
    parameters: Parameters,
    readonly name: string,
    private readonly options: ConvOptions,
  ) {
    paddingOf(options);
    this.tensors = addConv(parameters, name, options, false);
  }

  apply(graph: Graph, x: Tensor): Tensor {
    const y = graph.apply(conv2d, { x, ...this.tensors }, geometryOf(this.options), this.name).y as Tensor;
    return activate(graph, y, this.options.activation, this.name);
  }
}

/** A transposed convolution, channels last: x [B, H, W, inputs] gives [B, H stride, W stride, outputs]. */
export class ConvTranspose2d {
  private readonly tensors: { readonly w: Tensor; readonly bias?: Tensor };

  constructor(
    parameters: Parameters,
    readonly name: string,
    private readonly options: ConvOptions,
  ) {
    paddingOf(options);
    this.tensors = addConv(parameters, name, options, true);
  }

  apply(graph: Graph, x: Tensor): Tensor {
    const { kernel = 3, stride = 1 } = this.options;
    const outputPad = stride + 2 * paddingOf(this.options) - kernel;
    const attrs: Attrs = { ...geometryOf(this.options), outputPadH: outputPad, outputPadW: outputPad };
    const y = graph.apply(convTranspose2d, { x, ...this.tensors }, attrs, this.name).y as Tensor;
    return activate(graph, y, this.options.activation, this.name);
  }
}
