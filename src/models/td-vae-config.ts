import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";
import type { InitStyle } from "../layers/dense.js";
import { type CellKind, cells } from "../layers/recurrent.js";
import type { ActivationName } from "../ops/activation.js";
import { activations } from "../ops/activation.js";
import { mostFrames } from "../ops/draw-jumps.js";

/** A state-space model of sequences that learns to jump (Gregor et al. 2019, "Temporal difference variational auto-encoder"). */
export interface TdVaeConfig {
  readonly kind: "td-vae";
  /** [C, frames * H, W] of one sequence: a picture of its frames below one another. */
  readonly inputShape: readonly number[];
  readonly frames: number;
  /** Widths of the layers that each frame goes through in front of the belief network. */
  readonly featureDims: readonly number[];
  /** The belief network's cell. Default lstm. */
  readonly belief?: CellKind;
  readonly beliefDim: number;
  /** Of each layer of a state. */
  readonly latentDim: number;
  /** Layers of a state, each drawn knowing those before. Default 1; the paper's has 2. */
  readonly latentLayers?: number;
  /** Width of the gated layers that give a state's statistics. */
  readonly hiddenDim: number;
  /** Widths of the decoder's hidden layers, from the state on. */
  readonly decoderDims: readonly number[];
  /** The longest jump that is trained, in frames. */
  readonly maxJump: number;
  /** Pairs of frames that are drawn of each sequence at each step. Default 1. */
  readonly pairs?: number;
  /** Weight of a further term: the later frame's reconstruction out of what the earlier one alone lets believe, over the jump (the
   * observation overshooting of Hafner et al. 2019, "Learning latent dynamics for planning from pixels"). It finds motion in far fewer
   * steps. Default 0: the paper's loss. */
  readonly overshoot?: number;
  /** Of the frames' and the decoder's hidden layers. Default relu. */
  readonly activation?: ActivationName;
  /** "bce" reads the output as logits; the others pass it through a sigmoid first. */
  readonly reconstructionLoss: "bce" | "mse" | "l1";
  /** Of all but the belief network. Default torch. */
  readonly init?: InitStyle;
}

const width = rules.integer(1, 65_536);

const keys: Rule<TdVaeConfig> = rules.object<TdVaeConfig>({
  kind: rules.oneOf("td-vae"),
  inputShape: rules.list(rules.integer(1, 65_536), 3, 3),
  frames: rules.integer(2, mostFrames),
  featureDims: rules.list(width, 0, 8),
  belief: rules.optional(rules.oneOf(...cells)),
  beliefDim: width,
  latentDim: rules.integer(1, 4096),
  latentLayers: rules.optional(rules.integer(1, 8)),
  hiddenDim: width,
  decoderDims: rules.list(width, 0, 8),
  maxJump: rules.integer(1, mostFrames - 1),
  pairs: rules.optional(rules.integer(1, 1024)),
  overshoot: rules.optional(rules.number(0, 1e6)),
  activation: rules.optional(rules.oneOf(...(Object.keys(activations) as ActivationName[]))),
  reconstructionLoss: rules.oneOf("bce", "mse", "l1"),
  init: rules.optional(rules.oneOf("torch", "keras")),
});

/** Checks the config of a "td-vae". */
export const tdVaeRule: Rule<TdVaeConfig> = (value, path) => {
  const config = keys(value, path);
  const { maxJump, frames } = config;
  if (maxJump >= frames)
    throw new InputError(
      `${path}.maxJump is ${maxJump}, and a sequence of ${frames} frames has jumps up to ${frames - 1}; set it to that or less.`,
    );
  frameShape(config);
  return config;
};

/** [C, H, W] of one frame. @throws InputError where the sequences are not whole frames */
export function frameShape({
  inputShape,
  frames,
}: Pick<TdVaeConfig, "inputShape" | "frames">): [C: number, H: number, W: number] {
  const [C, H, W] = inputShape as [number, number, number];
  if (H % frames !== 0)
    throw new InputError(
      `Pictures of ${W} x ${H} are no sequences of ${frames} frames below one another; take builtin:moving-glyphs, or set model.frames to what they hold.`,
    );
  return [C, H / frames, W];
}
