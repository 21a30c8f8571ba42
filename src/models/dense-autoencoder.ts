import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { Dense } from "../layers/dense.js";
import { activation, activations } from "../ops/activation.js";
import { bceLogits } from "../ops/bce-logits.js";
import { l1 } from "../ops/l1.js";
import { mse } from "../ops/mse.js";
import { reparameterize } from "../ops/reparameterize.js";
import type { ModelConfig } from "./config.js";
import type { Forward, Model, Term } from "./model.js";

/** Autoencoder, denoising autoencoder and VAE (Kingma and Welling 2014, "Auto-encoding variational Bayes") of dense layers.
 * In PyTorch's names: encoder.0, encoder.2, ... (the last of them the code of an AE), mu and logVar of a VAE, decoder.0, ... */
export class DenseAutoencoder implements Model {
  readonly parameters = new Parameters();
  readonly width: number;
  readonly latentDim: number;
  private readonly encoder: Dense[];
  /** mu and logVar side by side: one matrix product for both. */
  private readonly statistics: Dense | undefined;
  private readonly decoder: Dense[];

  constructor(readonly config: ModelConfig) {
    const { hiddenDims, latentDim, init } = config;
    const hidden = config.activation ?? "relu";
    this.width = config.inputShape.reduce((n, d) => n * d, 1);
    this.latentDim = latentDim;
    const vae = config.kind === "vae";
    const down = [this.width, ...hiddenDims];
    if (!vae) down.push(latentDim);
    this.encoder = down.slice(1).map((outputs, i) => {
      const code = !vae && i === hiddenDims.length;
      const own = code ? (config.latentActivation ?? "none") : hidden;
      return new Dense(this.parameters, `encoder.${2 * i}`, down[i], outputs, { activation: own, init });
    });
    if (vae) {
      const parts = [
        { name: "mu", width: latentDim },
        { name: "logVar", width: latentDim },
      ];
      this.statistics = new Dense(this.parameters, "statistics", down[down.length - 1], 2 * latentDim, { init, parts });
    }
    const up = [latentDim, ...(config.decoderDims ?? [...hiddenDims].reverse()), this.width];
    this.decoder = up.slice(1).map((outputs, i) => {
      const last = i === up.length - 2;
      return new Dense(this.parameters, `decoder.${2 * i}`, up[i], outputs, {
        activation: last ? "none" : hidden,
        init,
      });
    });
  }

  forward(graph: Graph, input: Tensor, target: Tensor, eps?: Tensor): Forward {
    const code = this.encode(graph, input);
    const terms: Term[] = [];
    let z = code;
    if (this.statistics) {
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

  encode(graph: Graph, x: Tensor): Tensor {
    const h = this.encoder.reduce((t, layer) => layer.apply(graph, t), x);
    return this.statistics ? this.statistics.apply(graph, h) : h;
  }

  decode(graph: Graph, z: Tensor): Tensor {
    return squash(graph, this.decodeRaw(graph, z));
  }

  private decodeRaw(graph: Graph, z: Tensor): Tensor {
    return this.decoder.reduce((t, layer) => layer.apply(graph, t), z);
  }
}

function squash(graph: Graph, x: Tensor): Tensor {
  return graph.apply(activation, { x }, { kind: activations.sigmoid }, "sigmoid").y;
}
