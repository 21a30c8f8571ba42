import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { activation, activations } from "../ops/activation.js";
import { bceLogits } from "../ops/bce-logits.js";
import { l1 } from "../ops/l1.js";
import { mse } from "../ops/mse.js";
import { reparameterize } from "../ops/reparameterize.js";
import type { ModelConfig } from "./config.js";
import type { Forward, Model, Term } from "./model.js";

/** What autoencoder, denoising autoencoder and VAE (Kingma and Welling 2014, "Auto-encoding variational Bayes") have in common,
 * whatever their layers. */
export abstract class Autoencoder<Config extends ModelConfig> implements Model {
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
    const { reconstructionLoss } = this.config;
    const output = reconstructionLoss === "bce" ? raw : squash(graph, raw);
    const loss = { bce: bceLogits, mse, l1 }[reconstructionLoss];
    terms.unshift({ name: "recon", tensor: graph.apply(loss, { x: output, t: target }, {}, "recon").loss });
    return { terms, output };
  }

  decode(graph: Graph, z: Tensor): Tensor {
    return squash(graph, this.decodeRaw(graph, z));
  }
}

function squash(graph: Graph, x: Tensor): Tensor {
  return graph.apply(activation, { x }, { kind: activations.sigmoid }, "sigmoid").y;
}
