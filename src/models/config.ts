import type { Rule } from "../check.js";
import { rules } from "../check.js";
import type { InitStyle } from "../layers/dense.js";
import type { ActivationName } from "../ops/activation.js";
import { activations } from "../ops/activation.js";

/** A dense autoencoder, denoising autoencoder or VAE, from the data's side to the latent. */
export interface ModelConfig {
  readonly kind: "ae" | "dae" | "vae";
  /** [C, H, W] of one image. */
  readonly inputShape: readonly number[];
  /** Widths of the encoder's hidden layers, from the image on. */
  readonly hiddenDims: readonly number[];
  /** Widths of the decoder's hidden layers, from the latent on; the encoder's, turned round, where left out. */
  readonly decoderDims?: readonly number[];
  readonly latentDim: number;
  /** Of the hidden layers. Default relu. */
  readonly activation?: ActivationName;
  /** Of an AE's code. Default none. */
  readonly latentActivation?: ActivationName;
  /** "bce" reads the output as logits; "mse" and "l1" pass it through a sigmoid first. */
  readonly reconstructionLoss: "bce" | "mse" | "l1";
  /** PyTorch's or Keras's default initialisation. Default torch. */
  readonly init?: InitStyle;
}

const activationName = rules.oneOf(...(Object.keys(activations) as ActivationName[]));
const width = rules.integer(1, 65_536);

/** Checks a model's config. */
export const modelRule: Rule<ModelConfig> = rules.object<ModelConfig>({
  kind: rules.oneOf("ae", "dae", "vae"),
  inputShape: rules.list(rules.integer(1, 8192), 3, 3),
  hiddenDims: rules.list(width, 0, 32),
  decoderDims: rules.optional(rules.list(width, 0, 32)),
  latentDim: rules.integer(1, 65_536),
  activation: rules.optional(activationName),
  latentActivation: rules.optional(activationName),
  reconstructionLoss: rules.oneOf("bce", "mse", "l1"),
  init: rules.optional(rules.oneOf("torch", "keras")),
});
