import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { activate } from "../layers/activate.js";
import { Conv2d, ConvTranspose2d } from "../layers/conv.js";
import { Dense } from "../layers/dense.js";
import { Norm } from "../layers/norm.js";
import { Residual } from "../layers/residual.js";
import type { ActivationName } from "../ops/activation.js";
import { elements, type Shape } from "../ops/op.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { Autoencoder } from "./autoencoder.js";
import type { ConvConfig } from "./config.js";
import { stages } from "./config.js";
import { statisticsOf } from "./heads.js";

/** A module of a sequence: x to y. */
type Step = (graph: Graph, x: Tensor) => Tensor;

/** Autoencoder, denoising autoencoder and VAE of convolutions. A stage of the encoder is a 3 x 3 convolution with its stride,
 * norm, activation, residual blocks; a dense layer gives the latent. The decoder is a dense layer, the stages turned round with
 * transposed convolutions, and a 3 x 3 convolution to the image. In PyTorch's names `encoder` and `decoder` are an
 * nn.Sequential each, whose activations, Flatten and Unflatten count as modules; beside them mu and logVar of a VAE. */
export class ConvAutoencoder extends Autoencoder<ConvConfig> {
  private readonly encoder: Step[] = [];
  private readonly decoder: Step[] = [];
  private readonly code: Dense;
  private readonly hidden: ActivationName;

  constructor(config: ConvConfig) {
    super(config);
    const { init, kind, latentDim } = config;
    const { strides, sizes } = stages(config);
    const [image, smallest] = [sizes[0] as Shape, sizes.at(-1) as Shape];
    const [flat, channels] = [elements(smallest), smallest[2] as number];
    this.hidden = config.activation ?? "relu";

    let at = 0;
    this.encoder.push(reshaped(image, "pictures"));
    strides.forEach((stride, i) => {
      const shape = { inputs: sizes[i]?.[2] as number, outputs: sizes[i + 1]?.[2] as number, stride };
      at = this.stage(this.encoder, "encoder", at, shape, Conv2d);
    });
    this.encoder.push(reshaped([flat], "flat"));
    const beside = this.conditional?.width ?? 0;
    const code =
      kind === "vae"
        ? statisticsOf(this.parameters, flat + beside, config, { inputs: channels, beside })
        : new Dense(this.parameters, `encoder.${at + 1}`, flat, latentDim, {
            activation: config.latentActivation,
            init,
            flattened: { inputs: channels },
          });
    this.code = code;

    const first = new Dense(this.parameters, "decoder.0", latentDim + beside, flat, {
      activation: this.hidden,
      init,
      flattened: { outputs: channels },
    });
    this.decoder.push((graph, z) => first.apply(graph, z), reshaped(smallest, "unflat"));
    at = 3;
    strides.toReversed().forEach((stride, i) => {
      const outputs = config.channels.at(-1 - i) as number;
      const inputs = config.channels.at(-i) as number;
      at = this.stage(
        this.decoder,
        "decoder",
        at,
        { inputs: i === 0 ? channels : inputs, outputs, stride },
        ConvTranspose2d,
      );
    });
    const last = new Conv2d(this.parameters, `decoder.${at}`, {
      inputs: config.channels[0] as number,
      outputs: image[2] as number,
      init,
    });
    this.decoder.push((graph, x) => last.apply(graph, x), reshaped([this.width], "image"));
  }

  /** Adds a stage whose first module is number `at` of its sequence; gives the number behind its last. */
  private stage(
    steps: Step[],
    sequence: string,
    at: number,
    shape: { readonly inputs: number; readonly outputs: number; readonly stride: number },
    Layer: typeof Conv2d | typeof ConvTranspose2d,
  ): number {
    const { norm: kind = "none", init, residualBlocks = 0 } = this.config;
    const { hidden, parameters } = this;
    const name = (i: number): string => `${sequence}.${at + i}`;
    // Batch norm takes away what a bias adds.
    const conv = new Layer(parameters, name(0), { ...shape, init, bias: kind !== "batch" });
    const norm = kind === "none" ? undefined : new Norm(parameters, name(1), shape.outputs, kind);
    steps.push((graph, x) => {
      const y = conv.apply(graph, x);
      return activate(graph, norm ? norm.apply(graph, y) : y, hidden, norm ? norm.name : conv.name);
    });
    const next = norm ? 3 : 2;
    for (let b = 0; b < residualBlocks; b++) {
      const block = new Residual(parameters, name(next + b), shape.outputs, { norm: kind, activation: hidden, init });
      steps.push((graph, x) => block.apply(graph, x));
    }
    return at + next + residualBlocks;
  }

  protected encodeRaw(graph: Graph, x: Tensor, labels?: Tensor): Tensor {
    const features = this.encoder.reduce((t, step) => step(graph, t), x);
    return this.code.apply(graph, this.conditional ? this.conditional.beside(graph, features, labels) : features);
  }

  protected decodeLatent(graph: Graph, z: Tensor): Tensor {
    return this.decoder.reduce((t, step) => step(graph, t), z);
  }
}

/** The rows of a batch under another shape, channels last. */
const reshaped =
  (shape: Shape, name: string): Step =>
  (graph, x) =>
    graph.apply(reshape, { x }, reshapeTo([x.shape[0] as number, ...shape]), name).y as Tensor;
