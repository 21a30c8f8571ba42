import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { reparameterize } from "../ops/reparameterize.js";
import type { ConvConfig, DenseConfig } from "./config.js";
import type { Batch, Forward, Model, Term } from "./model.js";
import { sparseCode, sparsityTerms } from "./penalties.js";
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

  /** What the encoder's layers make of x: the code of an AE, the statistics of a VAE. */
  protected abstract encodeRaw(graph: Graph, x: Tensor): Tensor;

  /** z to the output before its activation, [B, D]. */
  protected abstract decodeRaw(graph: Graph, z: Tensor): Tensor;

  /** The same, with what the layers' own penalties cost. */
  protected encodeForLoss(graph: Graph, x: Tensor): { readonly code: Tensor; readonly terms: readonly Term[] } {
    return { code: this.encodeRaw(graph, x), terms: [] };
  }

  encode(graph: Graph, x: Tensor): Tensor {
    return sparseCode(graph, this.encodeRaw(graph, x), this.config.sparsity);
  }

  forward(graph: Graph, batch: Batch): Forward {
    const { sparsity, reconstructionLoss } = this.config;
    const { code, terms } = this.encodeForLoss(graph, batch.input);
    const [z, own] =
      this.config.kind === "vae"
        ? this.draw(graph, code, batch)
        : [sparseCode(graph, code, sparsity), sparsityTerms(graph, code, sparsity)];
    const { term, output } = reconstruction(graph, this.decodeRaw(graph, z), batch, reconstructionLoss);
    return { terms: [term, ...own, ...terms], output };
  }

  /** A latent of the posterior, and what that costs. */
  private draw(graph: Graph, stats: Tensor, { eps }: Batch): [z: Tensor, terms: Term[]] {
    const { z, kl } = graph.apply(reparameterize, eps ? { stats, eps } : { stats });
    return [z as Tensor, [{ name: "kl", tensor: kl as Tensor }]];
  }

  decode(graph: Graph, z: Tensor): Tensor {
    return squash(graph, this.decodeRaw(graph, z));
  }
}
