import type { Rule } from "../check.js";
import { rules } from "../check.js";
import type { InitStyle } from "../layers/dense.js";
import type { ActivationName } from "../ops/activation.js";
import { activations } from "../ops/activation.js";
import { stages } from "./config.js";

/** Tells classes of images apart: convolutions where there are `channels`, then dense layers. */
export interface ClassifierConfig {
  readonly kind: "classifier";
  /** [C, H, W] of one image. */
  readonly inputShape: readonly number[];
  /** Labels are below it. */
  readonly numClasses: number;
  /** Channels of 3 x 3 convolutions, from the image on. Default none. */
  readonly channels?: readonly number[];
  /** By what each of them divides the image's sides. Default 2 each. */
  readonly strides?: readonly number[];
  /** Widths of the hidden dense layers. */
  readonly hiddenDims: readonly number[];
  /** Of the hidden layers. Default relu. */
  readonly activation?: ActivationName;
  /** Default torch. */
  readonly init?: InitStyle;
}

const rule: Rule<ClassifierConfig> = rules.object<ClassifierConfig>({
  kind: rules.oneOf("classifier"),
  inputShape: rules.list(rules.integer(1, 8192), 3, 3),
  numClasses: rules.integer(2, 65_536),
  channels: rules.optional(rules.list(rules.integer(1, 8192), 0, 12)),
  strides: rules.optional(rules.list(rules.integer(1, 3), 0, 12)),
  hiddenDims: rules.list(rules.integer(1, 65_536), 0, 32),
  activation: rules.optional(rules.oneOf(...(Object.keys(activations) as ActivationName[]))),
  init: rules.optional(rules.oneOf("torch", "keras")),
});

/** Checks a classifier's config. */
export const classifierRule: Rule<ClassifierConfig> = (value, path) => {
  const config = rule(value, path);
  stages({ ...config, channels: config.channels ?? [] });
  return config;
};
