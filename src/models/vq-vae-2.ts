import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { Conv2d, ConvTranspose2d } from "../layers/conv.js";
import { createQuantizer } from "../layers/quantizers/index.js";
import type { Choice, Quantizer, QuantizerTerm } from "../layers/quantizers/quantizer.js";
import { Sequence } from "../layers/sequence.js";
import { add } from "../ops/add.js";
import { concat } from "../ops/concat.js";
import { elements, type Shape } from "../ops/op.js";
import { slice } from "../ops/slice.js";
import type { Batch, Coded, CodeLevel, Forward, Model } from "./model.js";
import { reconstruction } from "./reconstruction.js";
import { codeSides, type VqVae2Config } from "./vq-config.js";
import { addDecoder, addStages, asRows, pictureOf, reshaped } from "./vq-stages.js";

/** What the encoders give: features of the bottom, [B, H, W, channels], and the top's latents, [B, H/2, W/2, embeddingDim]. */
interface Latents {
  readonly features: Tensor;
  readonly top: Tensor;
}

/** What becomes of them. */
interface QuantizedLevels {
  readonly top: Tensor;
  readonly bottom: Tensor;
  readonly choices: readonly Choice[];
  readonly terms: readonly QuantizerTerm[];
}

/** VQ-VAE-2 (Razavi et al. 2019, "Generating diverse high-fidelity images with VQ-VAE-2"), both levels trained jointly. The bottom
 * encoder's features are halved once more for the top; the bottom's codes are chosen knowing what the top's decode to; the decoder sees
 * both. Its latent is the bottom's features beside the top's latents, flat. In PyTorch's names encoder_bottom, encoder_top, decoder_top,
 * decoder (an nn.Sequential each), to_bottom (1 x 1) and up_top (transposed), quantizer_top, quantizer_bottom. */
export class VqVae2 implements Model {
  readonly parameters = new Parameters();
  readonly width: number;
  readonly latentDim: number;
  readonly coded: Coded;
  private readonly image: Shape;
  private readonly featureShape: Shape;
  private readonly topShape: Shape;
  private readonly encoderBottom: Sequence;
  private readonly encoderTop: Sequence;
  private readonly decoderTop: Sequence;
  private readonly decoder: Sequence;
  private readonly toBottom: Conv2d;
  private readonly upTop: ConvTranspose2d;
  private readonly quantizerTop: Quantizer;
  private readonly quantizerBottom: Quantizer;

  constructor(readonly config: VqVae2Config) {
    const { parameters } = this;
    const { inputShape, channels, convs, residualBlocks = 1, residualChannels, quantizer, init } = config;
    const [C, H, W] = inputShape as [number, number, number];
    const [top, bottom] = codeSides(config) as [readonly [number, number], readonly [number, number]];
    const last = channels.at(-1) as number;
    const D = quantizer.embeddingDim;
    this.width = C * H * W;
    this.image = [H, W, C];
    this.featureShape = [...bottom, last];
    this.topShape = [...top, D];
    this.latentDim = elements(this.featureShape) + elements(this.topShape);
    const units = (sequence: Sequence): Sequence => sequence.residual(residualBlocks, last, residualChannels);
    const begun = (name: string): Sequence => new Sequence(parameters, name, config);

    this.encoderBottom = units(addStages(begun("encoder_bottom"), [C, ...channels], convs)).activation();
    this.encoderTop = units(addStages(begun("encoder_top"), [last, last], convs))
      .activation()
      .conv({ inputs: last, outputs: D, kernel: 1 });
    this.quantizerTop = createQuantizer(parameters, "quantizer_top", quantizer, 0);
    this.decoderTop = addDecoder(units(begun("decoder_top").conv({ inputs: D, outputs: last })), [D, last]);
    this.toBottom = new Conv2d(parameters, "to_bottom", { inputs: D + last, outputs: D, kernel: 1, init });
    this.quantizerBottom = createQuantizer(parameters, "quantizer_bottom", quantizer, 1);
    const doubling = { inputs: D, outputs: D, kernel: 4, stride: 2, init };
    this.upTop = new ConvTranspose2d(parameters, "up_top", doubling);
    this.decoder = addDecoder(units(begun("decoder").conv({ inputs: 2 * D, outputs: last })), [C, ...channels]);

    const level = (name: string, [height, width]: readonly [number, number], { sets }: Quantizer): CodeLevel => ({
      name,
      height,
      width,
      numEmbeddings: sets[0]?.numEmbeddings as number,
      sets,
    });
    this.coded = {
      levels: [level("top", top, this.quantizerTop), level("bottom", bottom, this.quantizerBottom)],
      choose: (graph, x) => this.quantize(graph, this.latents(graph, x)).choices,
      picture: (graph, indices) => this.fromIndices(graph, indices),
    };
  }

  forward(graph: Graph, batch: Batch): Forward {
    const { top, bottom, terms } = this.quantize(graph, this.latents(graph, batch.input));
    const { reconstructionLoss, outputs } = this.config;
    const raw = this.raw(graph, top, bottom);
    const { term, output } = reconstruction(graph, raw, batch, reconstructionLoss, {
      linear: outputs === "linear",
    });
    return { terms: [term, ...joined(graph, terms)], output };
  }

  encode(graph: Graph, x: Tensor): Tensor {
    const { features, top } = this.latents(graph, x);
    return graph.apply(concat, { a: asRows(graph, features), b: asRows(graph, top) }, {}, "latents").y as Tensor;
  }

  decode(graph: Graph, z: Tensor): Tensor {
    const split = elements(this.featureShape);
    const part = (from: number, to: number): Tensor =>
      graph.apply(slice, { x: z }, { axis: 1, from, to }, "latents").y as Tensor;
    const features = reshaped(graph, part(0, split), this.featureShape, "features");
    const top = reshaped(graph, part(split, this.latentDim), this.topShape, "top");
    const levels = this.quantize(graph, { features, top });
    return pictureOf(graph, this.config, this.raw(graph, levels.top, levels.bottom));
  }

  private latents(graph: Graph, x: Tensor): Latents {
    const features = this.encoderBottom.apply(graph, reshaped(graph, x, this.image, "pictures"));
    return { features, top: this.encoderTop.apply(graph, features) };
  }

  private quantize(graph: Graph, latents: Latents): QuantizedLevels {
    const above = this.quantizerTop.quantize(graph, latents.top);
    const known = this.decoderTop.apply(graph, above.quantized);
    const both = graph.apply(concat, { a: known, b: latents.features }, {}, "known").y as Tensor;
    const below = this.quantizerBottom.quantize(graph, this.toBottom.apply(graph, both));
    return {
      top: above.quantized,
      bottom: below.quantized,
      choices: [...above.choices, ...below.choices],
      terms: [...above.terms, ...below.terms],
    };
  }

  private raw(graph: Graph, top: Tensor, bottom: Tensor): Tensor {
    const both = graph.apply(concat, { a: this.upTop.apply(graph, top), b: bottom }, {}, "codes").y as Tensor;
    return asRows(graph, this.decoder.apply(graph, both));
  }

  private fromIndices(graph: Graph, indices: readonly Tensor[]): Tensor {
    const count = this.quantizerTop.sets.length;
    const top = this.quantizerTop.indicesToCodes(graph, indices.slice(0, count));
    const bottom = this.quantizerBottom.indicesToCodes(graph, indices.slice(count));
    return pictureOf(graph, this.config, this.raw(graph, top, bottom));
  }
}

/** Both levels' losses of one name as one. */
function joined(graph: Graph, terms: readonly QuantizerTerm[]): QuantizerTerm[] {
  const found = new Map<string, QuantizerTerm>();
  for (const term of terms) {
    const before = found.get(term.name);
    found.set(
      term.name,
      before
        ? {
            ...term,
            tensor: graph.apply(add, { a: before.tensor, b: term.tensor }, {}, term.name).y as Tensor,
            elements: before.elements + term.elements,
          }
        : term,
    );
  }
  return [...found.values()];
}
