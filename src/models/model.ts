import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import type { ModelConfig } from "./config.js";
import type { PixelCnnConfig } from "./pixelcnn-config.js";

/** A row-wise loss [B] of the objective, by its own name. */
export interface Term {
  readonly name: "recon" | "kl" | "nll";
  readonly tensor: Tensor;
}

/** What `forward` leaves in a graph. */
export interface Forward {
  readonly terms: readonly Term[];
  /** Reconstruction before the output activation (logits where the loss is "bce"), [B, D]; a prior's logits. */
  readonly output: Tensor;
}

/** What can be trained: a config and the parameters that it comes to. It owns no memory. */
export interface Learner {
  readonly config: ModelConfig | PixelCnnConfig;
  readonly parameters: Parameters;
}

/** A member of the family: parameters, and how it builds graphs. */
export interface Model extends Learner {
  readonly config: ModelConfig;
  /** Numbers in an image, C * H * W. */
  readonly width: number;
  readonly latentDim: number;
  /** The loss terms of a batch. `input` is what the encoder sees, `target` what is to be reconstructed, both [B, D]. `eps`
   * [B, latentDim] replaces the drawn noise of a VAE. */
  forward(graph: Graph, input: Tensor, target: Tensor, eps?: Tensor): Forward;
  /** x [B, D] to the latent: the code of an AE, [B, latentDim]; the statistics of a VAE, [B, 2 latentDim] (mu, then logVar). */
  encode(graph: Graph, x: Tensor): Tensor;
  /** z [B, latentDim] to the picture in [0, 1], [B, D]. */
  decode(graph: Graph, z: Tensor): Tensor;
}
