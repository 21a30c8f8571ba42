import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { createQuantizer } from "../layers/quantizers/index.js";
import type { Quantizer } from "../layers/quantizers/quantizer.js";
import { Sequence } from "../layers/sequence.js";
import { elements, type Shape } from "../ops/op.js";
import type { Batch, Coded, CodeLevel, Forward, Model } from "./model.js";
import { reconstruction } from "./reconstruction.js";
import { codeSides, type VqVaeConfig } from "./vq-config.js";
import { addDecoder, addStages, asRows, pictureOf, reshaped } from "./vq-stages.js";

/** VQ-VAE (van den Oord et al. 2017, "Neural discrete representation learning"): an encoder of convolutions and residual units, a
 * quantizer, the encoder turned round. In PyTorch's names `encoder` and `decoder` are an nn.Sequential each, activations counted,
 * beside `quantizer`. The latent is what the quantizer is given, [H, W, embeddingDim] flat. */
export class VqVae implements Model {
  readonly parameters = new Parameters();
  readonly width: number;
  readonly latentDim: number;
  readonly coded: Coded;
  private readonly encoder: Sequence;
  private readonly decoder: Sequence;
  private readonly quantizer: Quantizer;
  private readonly latentShape: Shape;
  private readonly image: Shape;

  constructor(readonly config: VqVaeConfig) {
    const { parameters } = this;
    const { inputShape, channels, residualBlocks = 1, residualChannels, quantizer, latentConvs = true } = config;
    const [C, H, W] = inputShape as [number, number, number];
    const [height, width] = codeSides(config)[0] as readonly [number, number];
    const last = channels.at(-1) as number;
    const { embeddingDim } = quantizer;
    this.width = C * H * W;
    this.image = [H, W, C];
    this.latentShape = [height, width, embeddingDim];
    this.latentDim = elements(this.latentShape);
    const decoderBlocks = config.decoderBlocks ?? residualBlocks;

    this.encoder = addStages(new Sequence(parameters, "encoder", config), [C, ...channels], config.convs);
    this.encoder.residual(residualBlocks, last, residualChannels);
    if (latentConvs) this.encoder.activation().conv({ inputs: last, outputs: embeddingDim, kernel: 1 });
    this.quantizer = createQuantizer(parameters, "quantizer", quantizer);
    this.decoder = new Sequence(parameters, "decoder", config);
    if (latentConvs) this.decoder.conv({ inputs: embeddingDim, outputs: last });
    this.decoder.residual(decoderBlocks, last, residualChannels);
    addDecoder(this.decoder, [C, ...channels]);

    const { sets } = this.quantizer;
    const level: CodeLevel = { name: "codes", height, width, numEmbeddings: sets[0]?.numEmbeddings as number, sets };
    this.coded = {
      levels: [level],
      choose: (graph, x) => this.quantizer.quantize(graph, this.latents(graph, x)).choices,
      picture: (graph, indices) =>
        pictureOf(graph, config, this.raw(graph, this.quantizer.indicesToCodes(graph, indices))),
    };
  }

  forward(graph: Graph, batch: Batch): Forward {
    const { quantized, terms } = this.quantizer.quantize(graph, this.latents(graph, batch.input));
    const { reconstructionLoss, outputs } = this.config;
    const raw = this.raw(graph, quantized);
    const { term, output } = reconstruction(graph, raw, batch, reconstructionLoss, {
      linear: outputs === "linear",
    });
    return { terms: [term, ...terms], output };
  }

  encode(graph: Graph, x: Tensor): Tensor {
    return asRows(graph, this.latents(graph, x));
  }

  decode(graph: Graph, z: Tensor): Tensor {
    const { quantized } = this.quantizer.quantize(graph, reshaped(graph, z, this.latentShape, "latents"));
    return pictureOf(graph, this.config, this.raw(graph, quantized));
  }

  private latents(graph: Graph, x: Tensor): Tensor {
    return this.encoder.apply(graph, reshaped(graph, x, this.image, "pictures"));
  }

  private raw(graph: Graph, quantized: Tensor): Tensor {
    return asRows(graph, this.decoder.apply(graph, quantized));
  }
}
