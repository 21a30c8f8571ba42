import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";
import type { InitStyle } from "../layers/dense.js";
import { type QuantizerConfig, quantizerRule } from "../layers/quantizers/config.js";
import type { ActivationName } from "../ops/activation.js";
import { activations } from "../ops/activation.js";

/** What both models of codes are told. */
interface CodedConfig {
  /** [C, H, W] of one image. */
  readonly inputShape: readonly number[];
  /** Channels of each stage, from the image on: a 4 x 4 convolution that halves the sides. */
  readonly channels: readonly number[];
  /** 3 x 3 convolutions behind the stages. Default 0. */
  readonly convs?: number;
  /** Residual units behind them, and in front of the decoder's stages. Default 1. */
  readonly residualBlocks?: number;
  /** Channels inside a unit: 3 x 3 to these, 1 x 1 back. Where left out a unit is one 3 x 3 convolution. */
  readonly residualChannels?: number;
  readonly quantizer: QuantizerConfig;
  /** Of the hidden layers. Default relu. */
  readonly activation?: ActivationName;
  /** "bce" reads the output as logits. */
  readonly reconstructionLoss: "bce" | "mse" | "l1";
  /** What pictures are: the decoder's output as it is, or through a sigmoid. Default sigmoid. */
  readonly outputs?: "linear" | "sigmoid";
  /** PyTorch's or Keras's default initialisation. Default torch. */
  readonly init?: InitStyle;
}

/** One map of codes (van den Oord et al. 2017, "Neural discrete representation learning"). */
export interface VqVaeConfig extends CodedConfig {
  readonly kind: "vq-vae";
  /** Residual units of the decoder where they are not as many as the encoder's. */
  readonly decoderBlocks?: number;
  /** A 1 x 1 convolution to the codes' channels behind the encoder and a 3 x 3 one in front of the decoder. Default true; without
   * them the last stage has as many channels as the quantizer. */
  readonly latentConvs?: boolean;
}

/** A top map of half the sides and a bottom map that is chosen knowing it (Razavi et al. 2019, "Generating diverse high-fidelity
 * images with VQ-VAE-2"). The stages are the bottom's; the top has one more, as wide as the last. */
export interface VqVae2Config extends CodedConfig {
  readonly kind: "vq-vae-2";
}

const sizes = rules.integer(1, 8192);
const blocks = rules.optional(rules.integer(0, 32));

const shared = {
  inputShape: rules.list(sizes, 3, 3),
  channels: rules.list(sizes, 1, 8),
  convs: blocks,
  residualBlocks: blocks,
  residualChannels: rules.optional(sizes),
  quantizer: quantizerRule,
  activation: rules.optional(rules.oneOf(...(Object.keys(activations) as ActivationName[]))),
  reconstructionLoss: rules.oneOf("bce", "mse", "l1"),
  outputs: rules.optional(rules.oneOf("linear", "sigmoid")),
  init: rules.optional(rules.oneOf("torch", "keras")),
};

const vqVaeKeys: Rule<VqVaeConfig> = rules.object<VqVaeConfig>({
  kind: rules.oneOf("vq-vae"),
  ...shared,
  decoderBlocks: blocks,
  latentConvs: rules.optional(rules.boolean),
});

const vqVae2Keys: Rule<VqVae2Config> = rules.object<VqVae2Config>({ kind: rules.oneOf("vq-vae-2"), ...shared });

function checked<T extends VqVaeConfig | VqVae2Config>(config: T, path: string): T {
  codeSides(config);
  if (config.reconstructionLoss === "bce" && config.outputs === "linear")
    throw new InputError(
      `${path}.outputs is "linear" and "bce" reads logits; leave ${path}.outputs out or take "mse" or "l1".`,
    );
  if (config.kind === "vq-vae" && config.latentConvs === false) {
    const [last, width] = [config.channels.at(-1), config.quantizer.embeddingDim];
    if (last !== width)
      throw new InputError(
        `Without ${path}.latentConvs the last stage's ${last} channels are the quantizer's, and its embeddingDim is ${width}; make them equal.`,
      );
  }
  return config;
}

/** Checks the config of a "vq-vae". */
export const vqVaeRule: Rule<VqVaeConfig> = (value, path) => checked(vqVaeKeys(value, path), path);

/** Checks the config of a "vq-vae-2". */
export const vqVae2Rule: Rule<VqVae2Config> = (value, path) => checked(vqVae2Keys(value, path), path);

/** Sides of the maps of codes, the smallest (top) first. @throws InputError where the stages do not divide the image */
export function codeSides({
  kind,
  inputShape,
  channels,
}: Pick<VqVaeConfig | VqVae2Config, "kind" | "inputShape" | "channels">): readonly (readonly [H: number, W: number])[] {
  const [, H, W] = inputShape as [number, number, number];
  const halvings = channels.length + (kind === "vq-vae-2" ? 1 : 0);
  const all = 2 ** halvings;
  if (H % all !== 0 || W % all !== 0) {
    const near = (side: number): number => Math.max(1, Math.round(side / all)) * all;
    throw new InputError(
      `Images of ${W} x ${H} cannot be halved ${halvings} times; take --resize ${near(W)}x${near(H)}, or fewer model.channels.`,
    );
  }
  const side = (times: number): [number, number] => [H / 2 ** times, W / 2 ** times];
  return kind === "vq-vae-2" ? [side(halvings), side(halvings - 1)] : [side(halvings)];
}
