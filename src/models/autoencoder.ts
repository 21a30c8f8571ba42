import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { importance, priorRatio } from "../ops/importance.js";
import { klClassMean } from "../ops/kl-class-mean.js";
import { reparameterize } from "../ops/reparameterize.js";
import { repeatRows } from "../ops/repeat-rows.js";
import { Condition, known } from "./condition.js";
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

  /** Of the pixels around the picture, where it is learnt. */
  private readonly logVar: Tensor | undefined;

  readonly conditional?: Condition;

  constructor(readonly config: Config) {
    this.width = config.inputShape.reduce((n, d) => n * d, 1);
    this.latentDim = config.latentDim;
    const { condition, numClasses, latentDim, init } = config;
    if (condition && numClasses)
      this.conditional = new Condition(this.parameters, condition, numClasses, latentDim, init);
    if (config.reconstructionLoss === "gaussian")
      this.logVar = this.parameters.add("reconLogVar", [1], { kind: "zeros" });
  }

  /** What the encoder's layers make of x: the code of an AE, the statistics of a VAE. */
  protected abstract encodeRaw(graph: Graph, x: Tensor, labels?: Tensor): Tensor;

  /** What the decoder is given to the output before its activation, [B, D]. */
  protected abstract decodeLatent(graph: Graph, z: Tensor): Tensor;

  /** The same, with what the layers' own penalties cost. */
  protected encodeForLoss(
    graph: Graph,
    { input, labels }: Pick<Batch, "input" | "labels">,
  ): { readonly code: Tensor; readonly terms: readonly Term[] } {
    return { code: this.encodeRaw(graph, input, labels), terms: [] };
  }

  encode(graph: Graph, x: Tensor, labels?: Tensor): Tensor {
    return sparseCode(graph, this.encodeRaw(graph, x, labels), this.config.sparsity);
  }

  private decodeRaw(graph: Graph, z: Tensor, labels: Tensor | undefined): Tensor {
    return this.decodeLatent(graph, this.conditional ? this.conditional.latent(graph, z, labels) : z);
  }

  forward(graph: Graph, batch: Batch): Forward {
    const { sparsity, kind } = this.config;
    const { code, terms } = this.encodeForLoss(graph, batch);
    if (kind === "vae")
      return batch.draws ? this.bound(graph, code, batch, batch.draws) : this.elbo(graph, code, batch);
    const { term, output } = this.reconstruct(graph, sparseCode(graph, code, sparsity), batch);
    return { terms: [term, ...sparsityTerms(graph, code, sparsity), ...terms], output };
  }

  private reconstruct(graph: Graph, z: Tensor, batch: Omit<Batch, "input">) {
    const { reconstructionLoss } = this.config;
    return reconstruction(graph, this.decodeRaw(graph, z, batch.labels), batch, reconstructionLoss, {
      logVar: this.logVar,
    });
  }

  /** One latent of each posterior. */
  private elbo(graph: Graph, stats: Tensor, batch: Batch): Forward {
    const { labels, eps } = batch;
    const drawn = graph.apply(reparameterize, eps ? { stats, eps } : { stats });
    const [z, table] = [drawn.z as Tensor, this.conditional?.table];
    const { term, output } = this.reconstruct(graph, z, batch);
    if (!table) {
      const kl: Term = { name: "kl", tensor: drawn.kl as Tensor, scheduled: true, stats };
      return { terms: [term, kl], output, latent: { stats, z } };
    }
    const { kl } = graph.apply(klClassMean, { stats, table, labels: known(labels) }, {}, "kl");
    return { terms: [term, { name: "kl", tensor: kl as Tensor, scheduled: true }], output };
  }

  /** Several latents of each posterior and their importance weights. The KL is there to be seen. */
  private bound(graph: Graph, stats: Tensor, { target, eps }: Batch, draws: number): Forward {
    const repeated = (x: Tensor, name: string): Tensor =>
      graph.apply(repeatRows, { x }, { times: draws }, name).y as Tensor;
    const { kl } = graph.apply(reparameterize, { stats }, { temperature: 0 }, "posterior");
    const each = repeated(stats, "statistics.repeated");
    const { z } = graph.apply(reparameterize, eps ? { stats: each, eps } : { stats: each });
    const { term, output } = this.reconstruct(graph, z as Tensor, { target: repeated(target, "target.repeated") });
    const { ratio } = graph.apply(priorRatio, { stats: each, z: z as Tensor });
    const { loss } = graph.apply(importance, { recon: term.tensor, ratio: ratio as Tensor }, { draws }, "bound");
    return {
      terms: [
        { name: "bound", tensor: loss as Tensor, elements: term.elements as number },
        { name: "kl", tensor: kl as Tensor, cost: 0, stats },
      ],
      output,
    };
  }

  decode(graph: Graph, z: Tensor, labels?: Tensor): Tensor {
    return squash(graph, this.decodeRaw(graph, z, labels));
  }
}
