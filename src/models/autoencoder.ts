import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { reparameterize } from "../ops/reparameterize.js";
import type { ConvConfig, DenseConfig } from "./config.js";
import type { Forward, Model, Term } from "./model.js";
import { reconstruction, squash } from "./reconstruction.js";

/** What autoencoder, denoising autoencoder and VAE (Kingma and Welling 2014, "Auto-encoding variational Bayes") have in common,
 * whatever their layers. */
export abstract class Autoencoder<Config extends DenseConfig | ConvConfig> implements Model {
  readonly parameters = new Parameters();
  readonly width: number;
  readonly latentDim: number;

  constructor(readonly config: Config) {
    this.width = config.inputShape.reduce((n, d) => n * d, 1);
    this.latentDim = config.latentDim;
  }

  abstract encode(graph: Graph, x: Tensor): Tensor;

  /** z to the output before its activation, [B, D]. */
  protected abstract decodeRaw(graph: Graph, z: Tensor): Tensor;

  forward(graph: Graph, input: Tensor, target: Tensor, eps?: Tensor): Forward {
    const code = this.encode(graph, input);
    const terms: Term[] = [];
    let z = code;
    if (this.config.kind === "vae") {
      const latent = graph.apply(reparameterize, eps ? { stats: code, eps } : { stats: code });
      z = latent.z;
      terms.push({ name: "kl", tensor: latent.kl });
    }
    const raw = this.decodeRaw(graph, z);
    const { term, output } = reconstruction(graph, raw, target, this.config.reconstructionLoss);
    terms.unshift(term);
    return { terms, output };
  }

  decode(graph: Graph, z: Tensor): Tensor {
    return squash(graph, this.decodeRaw(graph, z));
  }
}
