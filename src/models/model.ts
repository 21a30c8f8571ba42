import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import type { Choice, CodeSet } from "../layers/quantizers/quantizer.js";
import type { ClassifierConfig } from "./classifier-config.js";
import type { ModelConfig } from "./config.js";
import type { PixelCnnConfig } from "./pixelcnn-config.js";

/** A row-wise loss [B] of the objective, by its own name. */
export interface Term {
  readonly name:
    | "recon"
    | "kl"
    | "commit"
    | "codebook"
    | "entropy"
    | "sparsity"
    | "contractive"
    | "capacity"
    | "freeBits"
    | "mi"
    | "tc"
    | "dimKl"
    | "bound"
    | "belief"
    | "transition"
    | "predicted"
    | "nll";
  readonly tensor: Tensor;
  /** Weight that the config gives it. Default 1. */
  readonly cost?: number;
  /** Whether a run weighs it by its beta, which may follow a schedule, in place of a cost. */
  readonly scheduled?: boolean;
  /** Numbers of an image that it is a sum over: what "elementMean" divides it by. Default 1. */
  readonly elements?: number;
  /** Of a KL to N(0, I), or a part of it: mu beside logVar [B, 2 latentDim], for the look at a run's health. */
  readonly stats?: Tensor;
}

/** What a model is given to learn from. */
export interface Batch {
  /** What the encoder sees, [B, D]. */
  readonly input: Tensor;
  /** What is to be reconstructed, [B, D]. */
  readonly target: Tensor;
  /** 1 where the reconstruction counts and 0 elsewhere, [B, D]; all of it counts where left out. */
  readonly counted?: Tensor;
  /** How many numbers of an image count, where not all do. */
  readonly countedElements?: number;
  /** Noise in place of the drawn: of a VAE [B, latentDim], of a TD-VAE's states at the later and the earlier frame
   * [B * pairs, 2 stateDim]. */
  readonly eps?: Tensor;
  /** Class of each image, u32 [B], of a conditional model. */
  readonly labels?: Tensor;
  /** Latents drawn for each image: the loss is then the bound by their importance weights. One, and the ELBO, where left out. */
  readonly draws?: number;
}

/** What `forward` leaves in a graph. */
export interface Forward {
  readonly terms: readonly Term[];
  /** Reconstruction before the output activation (logits where the loss is "bce"), [B, D]; a prior's logits. */
  readonly output: Tensor;
  /** Of a VAE whose prior is N(0, I): the posterior's mu beside logVar [B, 2 latentDim], and the draw z [B, latentDim]. */
  readonly latent?: { readonly stats: Tensor; readonly z: Tensor };
}

/** A map of codes, one or (of a residual quantizer) several a position. */
export interface CodeLevel {
  /** "codes", or "top" and "bottom". */
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly numEmbeddings: number;
  /** The sets of codes that each position has an index of, in order. */
  readonly sets: readonly CodeSet[];
}

/** What a model of discrete codes has beside. */
export interface Coded {
  /** The coarsest first. */
  readonly levels: readonly CodeLevel[];
  /** What images x [B, D] become: a choice for each set of codes, level by level. */
  choose(graph: Graph, x: Tensor): readonly Choice[];
  /** Indices, u32 [B, height, width] for each set of codes, to the picture in [0, 1], [B, D]. */
  picture(graph: Graph, indices: readonly Tensor[]): Tensor;
}

/** What a model of sequences has beside. */
export interface Temporal {
  readonly frames: number;
  /** [C, H, W] of one. */
  readonly frameShape: readonly [C: number, H: number, W: number];
  /** Numbers of the state behind a frame. */
  readonly stateDim: number;
  /** The longest jump that it learns. */
  readonly maxJump: number;
  /** The last of the given frames, as the belief has it, and those that follow it jump by jump: given [B, times * H * W * C], jump u32
   * [B], the jumps' length less 1, eps [B, (jumps + 1) * stateDim] the states' noise; pictures in [0, 1], [B, (jumps + 1) * H * W * C]. */
  rollout(graph: Graph, given: Tensor, jump: Tensor, eps: Tensor): Tensor;
}

/** What can be trained: a config and the parameters that it comes to. It owns no memory. */
export interface Learner {
  readonly config: ModelConfig | PixelCnnConfig | ClassifierConfig;
  readonly parameters: Parameters;
}

/** A member of the family: parameters, and how it builds graphs. */
export interface Model extends Learner {
  readonly config: ModelConfig;
  /** Numbers in an image, C * H * W. */
  readonly width: number;
  readonly latentDim: number;
  /** The loss terms of a batch. */
  forward(graph: Graph, batch: Batch): Forward;
  /** Of a model of discrete codes; its latent is what the quantizer is given. */
  readonly coded?: Coded;
  /** Of a model of sequences. */
  readonly temporal?: Temporal;
  /** x [B, D] to the latent: the code of an AE, [B, latentDim]; the statistics of a VAE, [B, 2 latentDim] (mu, then logVar). */
  encode(graph: Graph, x: Tensor, labels?: Tensor): Tensor;
  /** z [B, latentDim] to the picture in [0, 1], [B, D]. */
  decode(graph: Graph, z: Tensor, labels?: Tensor): Tensor;
  /** Of a conditional model, whose `encode` and `decode` take labels, u32 [B]. */
  readonly conditional?: Conditional;
}

/** What a conditional model has beside. */
export interface Conditional {
  /** Labels are below it. */
  readonly numClasses: number;
  /** Which of its parts are told the class. */
  readonly tells: { readonly encoder: boolean; readonly decoder: boolean; readonly prior: boolean };
  /** Means of the prior of each class, [B, latentDim], where the prior is told. */
  means(graph: Graph, labels: Tensor): Tensor;
}

/** What a model of discrete codes has beside. @throws InputError where the model is none */
export function assertCoded({ coded, config }: Model): Coded {
  if (coded) return coded;
  throw new InputError(`A model of kind "${config.kind}" has latents and no codes; take a "vq-vae" or "vq-vae-2".`);
}

/** A model of images. @throws InputError where it makes none */
export function assertModel(learner: Learner): Model {
  if ("decode" in learner) return learner as Model;
  throw new InputError(`A model of kind "${learner.config.kind}" makes no images; take an autoencoder.`);
}

/** Refuses a model without a prior of its own. @throws InputError */
export function assertPrior({ coded, temporal, config }: Model): void {
  if (coded)
    throw new InputError(
      "Codes have no prior of their own: train one (latentgpu train pixelcnn --codes RUN) and draw from it (latentgpu sample RUN --prior PRIOR).",
    );
  if (temporal)
    throw new InputError(
      "A model of sequences goes on from frames that it is given and has no prior without them: use rollout (latentgpu rollout RUN).",
    );
  if (config.kind !== "vae")
    throw new InputError(
      `A model of kind "${config.kind}" has no prior to sample from; train a "vae", or use reconstruct and interpolate.`,
    );
}

/** What a model of sequences has beside. @throws InputError where the model is none */
export function assertTemporal({ temporal, config }: Model): Temporal {
  if (temporal) return temporal;
  throw new InputError(`A model of kind "${config.kind}" knows single images and no sequences; take a "td-vae".`);
}
