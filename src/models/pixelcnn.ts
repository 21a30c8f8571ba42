import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { activate } from "../layers/activate.js";
import { Conv2d } from "../layers/conv.js";
import { Dense } from "../layers/dense.js";
import { Embedding } from "../layers/embedding.js";
import { GatedLayer, type Stacks } from "../layers/gated.js";
import { Residual } from "../layers/residual.js";
import { crossEntropy } from "../ops/cross-entropy.js";
import { reduce } from "../ops/reduce.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { upsampleNearest } from "../ops/upsample-nearest.js";
import type { Forward, Learner } from "./model.js";
import type { CodeMap, PixelCnnConfig } from "./pixelcnn-config.js";

/** What a prior is given of a batch, all u32. */
export interface CodeBatch {
  /** [B, H, W]. */
  readonly codes: Tensor;
  /** [B], of a class-conditional prior. */
  readonly labels?: Tensor;
  /** [B, h, w], of a prior that depends on a top map. */
  readonly top?: Tensor;
}

/** The gated PixelCNN (van den Oord et al. 2016, "Conditional image generation with PixelCNN decoders") over maps of codes:
 * p(codes) as a product over the pixels, in the order of a page, each given those before it (and a label, and a coarser map as
 * in Razavi et al. 2019, "Generating diverse high-fidelity images with VQ-VAE-2"). In PyTorch's names: embedding, layers.0, ...,
 * and the head, an nn.Sequential of relu, 1 x 1, relu, 1 x 1. */
export class PixelCnn implements Learner {
  readonly parameters = new Parameters();
  readonly embedding: Embedding;
  readonly layers: readonly GatedLayer[];
  readonly skipChannels: number;
  private readonly topFeatures: TopFeatures | undefined;
  private readonly head: readonly [Dense, Dense];

  constructor(readonly config: PixelCnnConfig) {
    const { parameters } = this;
    const { channels, numEmbeddings, numClasses, top } = config;
    const skipChannels = config.headChannels ?? channels;
    this.skipChannels = skipChannels;
    this.embedding = new Embedding(parameters, "embedding", numEmbeddings, channels);
    if (top) this.topFeatures = new TopFeatures(parameters, top, config);
    this.layers = Array.from({ length: config.layers }, (_, i) => {
      const place = { first: i === 0, last: i === config.layers - 1 };
      const kernel = place.first ? (config.firstKernel ?? 7) : (config.kernel ?? 3);
      const conditions = { ...(numClasses && { numClasses }), ...(top && { featureChannels: channels }) };
      return new GatedLayer(parameters, `layers.${i}`, { channels, skipChannels, kernel, place, ...conditions });
    });
    this.head = [
      new Dense(parameters, "head.1", skipChannels, skipChannels, { activation: "relu" }),
      new Dense(parameters, "head.3", skipChannels, numEmbeddings),
    ];
  }

  /** The loss term nll, nats a map [B], and the logits. */
  forward(graph: Graph, batch: CodeBatch): Forward {
    const [B, H, W] = batch.codes.shape as [number, number, number];
    const output = this.logits(graph, batch);
    const { loss } = graph.apply(crossEntropy, { x: output, t: batch.codes }, {}, "crossEntropy");
    const maps = graph.apply(reshape, { x: loss as Tensor }, reshapeTo([B, H * W]), "maps").y as Tensor;
    const nll = graph.apply(reduce, { x: maps }, { from: 1, to: 2 }, "nll").y as Tensor;
    return { terms: [{ name: "nll", tensor: nll, elements: H * W }], output };
  }

  /** Codes to the logits of each pixel given those before it, [B, H, W, numEmbeddings]. */
  logits(graph: Graph, { codes, labels, top }: CodeBatch): Tensor {
    const features = this.features(graph, top);
    const embedded = this.embedding.apply(graph, codes);
    const conditions = { ...(labels && { labels }), ...(features && { features }) };
    const { skip } = this.layers.reduce((stacks: Stacks, layer) => layer.apply(graph, stacks, conditions), {
      vertical: embedded,
      horizontal: embedded,
    });
    return this.readOut(graph, skip as Tensor);
  }

  /** The map of features [B, H, W, channels] that the gates take of a top map. */
  features(graph: Graph, top: Tensor | undefined): Tensor | undefined {
    return top && this.topFeatures?.apply(graph, top);
  }

  /** The head: the skip connections' sum to logits, over the last axis. */
  readOut(graph: Graph, skip: Tensor): Tensor {
    return this.head.reduce((x, layer) => layer.apply(graph, x), activate(graph, skip, "relu", "head.0"));
  }
}

/** A top map's codes [B, h, w] as features [B, H, W, channels]: embedded, through a residual block, enlarged and smoothed. */
class TopFeatures {
  private readonly embedding: Embedding;
  private readonly residual: Residual;
  private readonly conv: Conv2d;

  constructor(
    parameters: Parameters,
    private readonly top: CodeMap,
    private readonly config: PixelCnnConfig,
  ) {
    const { channels } = config;
    this.embedding = new Embedding(parameters, "top.embedding", top.numEmbeddings, channels);
    this.residual = new Residual(parameters, "top.residual", channels, { activation: "relu" });
    this.conv = new Conv2d(parameters, "top.conv", { inputs: channels, outputs: channels });
  }

  apply(graph: Graph, codes: Tensor): Tensor {
    const { shape } = this.config;
    const x = this.residual.apply(graph, this.embedding.apply(graph, codes));
    const [scaleH, scaleW] = shape.map((n, i) => n / (this.top.shape[i] as number));
    const larger = graph.apply(upsampleNearest, { x }, { scaleH, scaleW }, "top.upsample").y as Tensor;
    return this.conv.apply(graph, larger);
  }
}
