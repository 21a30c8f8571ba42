import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { Dense } from "../layers/dense.js";
import { jacobianNorm } from "../layers/jacobian.js";
import { detach } from "../ops/detach.js";
import { Autoencoder } from "./autoencoder.js";
import type { DenseConfig } from "./config.js";
import { statisticsOf } from "./heads.js";
import type { Batch, Term } from "./model.js";
import { reconstruction } from "./reconstruction.js";

/** Autoencoder, denoising autoencoder and VAE of dense layers. In PyTorch's names: encoder.0, encoder.2, ... (the last of them
 * the code of an AE), mu and logVar of a VAE, decoder.0, ... */
export class DenseAutoencoder extends Autoencoder<DenseConfig> {
  private readonly encoder: Dense[];
  private readonly statistics: Dense | undefined;
  private readonly decoder: Dense[];

  constructor(config: DenseConfig) {
    super(config);
    const { hiddenDims, latentDim, init } = config;
    const hidden = config.activation ?? "relu";
    const vae = config.kind === "vae";
    const beside = this.conditional?.width ?? 0;
    const down = [this.width + beside, ...hiddenDims];
    if (!vae) down.push(latentDim);
    this.encoder = down.slice(1).map((outputs, i) => {
      const code = !vae && i === hiddenDims.length;
      const own = code ? (config.latentActivation ?? "none") : hidden;
      return new Dense(this.parameters, `encoder.${2 * i}`, down[i], outputs, { activation: own, init });
    });
    if (vae) this.statistics = statisticsOf(this.parameters, down[down.length - 1], config);
    const up = [latentDim + beside, ...(config.decoderDims ?? [...hiddenDims].reverse()), this.width];
    this.decoder = up.slice(1).map((outputs, i) => {
      const last = i === up.length - 2;
      return new Dense(this.parameters, `decoder.${2 * i}`, up[i], outputs, {
        activation: last ? "none" : hidden,
        init,
      });
    });
  }

  protected encodeRaw(graph: Graph, x: Tensor, labels?: Tensor): Tensor {
    const first = this.conditional ? this.conditional.beside(graph, x, labels) : x;
    const h = this.encoder.reduce((t, layer) => layer.apply(graph, t), first);
    return this.statistics ? this.statistics.apply(graph, h) : h;
  }

  protected override encodeForLoss(
    graph: Graph,
    { input, labels }: Pick<Batch, "input" | "labels">,
  ): { code: Tensor; terms: Term[] } {
    const { contractive } = this.config;
    if (!contractive) return { code: this.encodeRaw(graph, input, labels), terms: [] };
    const projections = contractive.projections ?? (this.encoder.length === 1 ? undefined : 1);
    const { y, norm } = jacobianNorm(graph, this.encoder, input, projections);
    return { code: y, terms: [{ name: "contractive", tensor: norm, cost: contractive.weight }] };
  }

  /** How many pairs of a layer of the encoder and one of the decoder there are, where the decoder is the encoder turned round. */
  get depth(): number {
    return this.encoder.length;
  }

  /** The loss of one such pair as an autoencoder of what the layers before it make of x, which stay as they are.
   * @param corrupt what the pair is given of that */
  layerLoss(graph: Graph, x: Tensor, layer: number, corrupt: (seen: Tensor) => Tensor): Term {
    const below = this.encoder.slice(0, layer).reduce((t, l) => l.apply(graph, t), x);
    const target = layer === 0 ? x : (graph.apply(detach, { x: below }, {}, "below").y as Tensor);
    const code = (this.encoder[layer] as Dense).apply(graph, corrupt(target));
    const made = (this.decoder.at(-1 - layer) as Dense).apply(graph, code);
    // Hidden layers are rebuilt as they are, an image as the config has it.
    const { reconstructionLoss } = this.config;
    const kind = layer === 0 ? reconstructionLoss : "mse";
    return reconstruction(graph, made, { target }, kind, { linear: layer > 0 }).term;
  }

  protected decodeLatent(graph: Graph, z: Tensor): Tensor {
    return this.decoder.reduce((t, layer) => layer.apply(graph, t), z);
  }
}
