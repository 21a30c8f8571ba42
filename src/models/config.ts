import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";
import type { InitStyle } from "../layers/dense.js";
import type { NormKind } from "../layers/norm.js";
import { normKinds } from "../layers/norm.js";
import type { ActivationName } from "../ops/activation.js";
import { activations } from "../ops/activation.js";
import { type ConditionKind, checkCondition } from "./condition.js";
import {
  type ContractiveConfig,
  checkPenalties,
  contractiveRule,
  type SparsityConfig,
  sparsityRule,
} from "./penalties.js";
import { type TdVaeConfig, tdVaeRule } from "./td-vae-config.js";
import { type VqVae2Config, type VqVaeConfig, vqVae2Rule, vqVaeRule } from "./vq-config.js";

/** What an autoencoder, denoising autoencoder or VAE is told of, whatever its layers. */
export interface AutoencoderConfig {
  readonly kind: "ae" | "dae" | "vae";
  /** [C, H, W] of one image. */
  readonly inputShape: readonly number[];
  readonly latentDim: number;
  /** Of the hidden layers. Default relu. */
  readonly activation?: ActivationName;
  /** Of an AE's code. Default none. */
  readonly latentActivation?: ActivationName;
  /** "bce" reads the output as logits; the others pass it through a sigmoid first. "gaussian" is a VAE's: the likelihood of a Gaussian
   * whose variance, one for all pixels, is learnt (Rybkin et al. 2021, "Simple and effective VAE training with calibrated decoders"). */
  readonly reconstructionLoss: "bce" | "mse" | "l1" | "gaussian";
  /** PyTorch's or Keras's default initialisation. Default torch. */
  readonly init?: InitStyle;
  /** How a VAE knows the class of an image, with `numClasses`. */
  readonly condition?: ConditionKind;
  /** Labels are below it. */
  readonly numClasses?: number;
  /** What holds the code of an AE or DAE down. */
  readonly sparsity?: SparsityConfig;
  /** Makes the code of an AE or DAE of dense layers insensitive to small changes of the image. */
  readonly contractive?: ContractiveConfig;
}

/** Of dense layers, from the data's side to the latent. */
export interface DenseConfig extends AutoencoderConfig {
  /** Widths of the encoder's hidden layers, from the image on. */
  readonly hiddenDims: readonly number[];
  /** Widths of the decoder's hidden layers, from the latent on; the encoder's, turned round, where left out. */
  readonly decoderDims?: readonly number[];
}

/** Of convolutions, from the data's side to the latent; the decoder is the encoder turned round. */
export interface ConvConfig extends AutoencoderConfig {
  /** Channels of each stage, from the image on. */
  readonly channels: readonly number[];
  /** By what each stage divides the image's sides. Default 2 each. */
  readonly strides?: readonly number[];
  /** Residual blocks at the end of each stage. Default 0. */
  readonly residualBlocks?: number;
  /** After each convolution of a stage. Default none. */
  readonly norm?: NormKind;
}

export type ModelConfig = DenseConfig | ConvConfig | VqVaeConfig | VqVae2Config | TdVaeConfig;

const activationName = rules.oneOf(...(Object.keys(activations) as ActivationName[]));
const width = rules.integer(1, 65_536);

const shared = {
  kind: rules.oneOf("ae", "dae", "vae"),
  inputShape: rules.list(rules.integer(1, 8192), 3, 3),
  latentDim: rules.integer(1, 65_536),
  activation: rules.optional(activationName),
  latentActivation: rules.optional(activationName),
  reconstructionLoss: rules.oneOf("bce", "mse", "l1", "gaussian"),
  init: rules.optional(rules.oneOf("torch", "keras")),
  condition: rules.optional(rules.oneOf("priorMean", "add", "concat")),
  numClasses: rules.optional(rules.integer(1, 65_536)),
  sparsity: rules.optional(sparsityRule),
  contractive: rules.optional(contractiveRule),
};

const denseRule: Rule<DenseConfig> = rules.object<DenseConfig>({
  ...shared,
  hiddenDims: rules.list(width, 0, 32),
  decoderDims: rules.optional(rules.list(width, 0, 32)),
});

const convRule: Rule<ConvConfig> = rules.object<ConvConfig>({
  ...shared,
  channels: rules.list(rules.integer(1, 8192), 1, 12),
  strides: rules.optional(rules.list(rules.integer(1, 3), 1, 12)),
  residualBlocks: rules.optional(rules.integer(0, 32)),
  norm: rules.optional(rules.oneOf(...normKinds)),
});

function checkParts(config: DenseConfig | ConvConfig, path: string): void {
  checkPenalties(config, path);
  checkCondition(config, path);
}

/** Dense or, with `channels`, convolutional. */
const autoencoderRule: Rule<DenseConfig | ConvConfig> = (value, path) => {
  if (typeof value !== "object" || value === null || !("channels" in value)) {
    const config = denseRule(value, path);
    checkParts(config, path);
    return config;
  }
  if ("hiddenDims" in value)
    throw new InputError(
      `${path} has channels and hiddenDims: the first make it convolutional, the second dense; give one of them.`,
    );
  const config = convRule(value, path);
  checkParts(config, path);
  stages(config);
  return config;
};

/** Checks a model's config. */
export const modelRule: Rule<ModelConfig> = rules.byKind<ModelConfig>({
  ae: autoencoderRule,
  dae: autoencoderRule,
  vae: autoencoderRule,
  "vq-vae": vqVaeRule,
  "vq-vae-2": vqVae2Rule,
  "td-vae": tdVaeRule,
});

/** The sides and channels between a convolutional model's stages: the image's first, the smallest last.
 * @throws InputError where the strides are not one a stage or do not divide the sides */
export function stages(config: Pick<ConvConfig, "inputShape" | "channels" | "strides">): {
  readonly strides: readonly number[];
  readonly sizes: readonly (readonly [H: number, W: number, C: number])[];
} {
  const { channels, strides = channels.map(() => 2) } = config;
  if (strides.length !== channels.length)
    throw new InputError(
      `model.strides has ${strides.length} values and model.channels ${channels.length}; give a stride for each stage.`,
    );
  const [C, H, W] = config.inputShape as [number, number, number];
  const all = strides.reduce((n, s) => n * s, 1);
  if (H % all !== 0 || W % all !== 0) {
    const near = (side: number): number => Math.max(1, Math.round(side / all)) * all;
    throw new InputError(
      `Images of ${W} x ${H} cannot be divided by strides of ${strides.join(" x ")} = ${all}; take --resize ${near(W)}x${near(H)}, or set model.strides and model.channels.`,
    );
  }
  const sizes: [number, number, number][] = [[H, W, C]];
  channels.forEach((c, i) => {
    const [h, w] = sizes[i] as [number, number, number];
    sizes.push([h / (strides[i] as number), w / (strides[i] as number), c]);
  });
  return { strides, sizes };
}
