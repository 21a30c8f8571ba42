import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";
import { type ClassifierConfig, classifierRule } from "../models/classifier-config.js";
import type { ModelConfig } from "../models/config.js";
import { modelRule } from "../models/config.js";
import type { Term } from "../models/model.js";
import type { PixelCnnConfig } from "../models/pixelcnn-config.js";
import { pixelCnnRule } from "../models/pixelcnn-config.js";
import { checkConditionedKl, checkKl, type KlConfig, klKeys, klRules } from "./objective.js";
import type { OptimizerConfig } from "./optimizer.js";
import { optimizerRule } from "./optimizer.js";
import type { ScheduleConfig } from "./schedule.js";
import { scheduleRule } from "./schedule.js";

/** Noise on what the encoder sees; the clean image stays the target. Vincent et al. 2008, "Extracting and composing robust
 * features with denoising autoencoders"; patch masking as in He et al. 2022, "Masked autoencoders", where the reconstruction counts
 * in what is hidden alone (`hiddenOnly`). */
export type CorruptionConfig =
  | { readonly kind: "gaussian"; readonly sigma: number }
  | { readonly kind: "masking"; readonly p: number; readonly hiddenOnly?: boolean }
  | { readonly kind: "saltPepper"; readonly p: number }
  | { readonly kind: "patch"; readonly size: number; readonly ratio: number; readonly hiddenOnly?: boolean };

/** Training of each layer by itself before the first step, see `pretrainLayers`. */
export interface PretrainConfig {
  /** For each layer; a run's own steps come on top. */
  readonly steps: number;
  /** On what each layer sees. */
  readonly corruption?: CorruptionConfig;
}

/** How the objective adds up: per image over its elements, and over the batch. The gradient of "sum" is batch times that of
 * "batchMean"; "elementMean" divides the reconstruction by the elements of an image, and the losses of codes by those of its latents; the KL stays a
 * sum, so its beta weighs that much more. */
export type Reduction = "sum" | "batchMean" | "elementMean";

/** Everything that a run is a function of. Complete: the same config and data give the same weights. */
export interface RunConfig<M = ModelConfig> extends KlConfig {
  /** The preset it began as. */
  readonly preset?: string;
  readonly model: M;
  /** Data SPEC: a path or a builtin; of a prior a run with codes, or a .npy of them. */
  readonly data: string;
  /** [width, height] that images of the data are brought to; as they are where left out. */
  readonly resize?: readonly [number, number];
  /** Rows of the data to use; all where left out. */
  readonly limit?: number;
  readonly batch: number;
  readonly epochs: number;
  /** Steps in all, in place of epochs. */
  readonly steps?: number;
  readonly seed: number;
  readonly optimizer: OptimizerConfig;
  /** Learning rate by step; the optimizer's lr where left out. */
  readonly lrSchedule?: ScheduleConfig;
  /** Weight of the KL as the source writes it, of a TD-VAE that of all its terms but the reconstruction. Default 1. */
  readonly beta?: number;
  /** Weight of the KL by step, in place of beta. */
  readonly klSchedule?: ScheduleConfig;
  readonly reduction: Reduction;
  readonly corruption?: CorruptionConfig;
  /** Of a dense "ae" or "dae" whose decoder is its encoder turned round: layers are trained one by one first. */
  readonly pretrain?: PretrainConfig;
  /** Largest norm of all gradients together; no clipping where left out. */
  readonly clipNorm?: number;
  /** Rows in a new order each epoch. Default true. */
  readonly shuffle?: boolean;
  /** Steps between checkpoints; an epoch where left out. */
  readonly saveEvery?: number;
}

/** The largest batch that a config may ask for. */
export const mostRows = 65_536;
/** The run of a prior over maps of codes. */
export type PriorRunConfig = RunConfig<PixelCnnConfig>;

/** The run of a classifier over labelled images. */
export type ClassifierRunConfig = RunConfig<ClassifierConfig>;
export type AnyRunConfig = RunConfig | PriorRunConfig | ClassifierRunConfig;

/** A run of whatever kind. */
type AnyRun = RunConfig<AnyRunConfig["model"]>;

export const isPrior = (config: AnyRun): config is PriorRunConfig => config.model.kind === "pixelcnn";
export const isClassifier = (config: AnyRun): config is ClassifierRunConfig => config.model.kind === "classifier";

const probability = rules.number(0, 1);

export const corruptionRule: Rule<CorruptionConfig> = rules.byKind<CorruptionConfig>({
  gaussian: rules.object({ kind: rules.oneOf("gaussian"), sigma: rules.number(0, 100) }),
  masking: rules.object({ kind: rules.oneOf("masking"), p: probability, hiddenOnly: rules.optional(rules.boolean) }),
  saltPepper: rules.object({ kind: rules.oneOf("saltPepper"), p: probability }),
  patch: rules.object({
    kind: rules.oneOf("patch"),
    size: rules.integer(1, 8192),
    ratio: probability,
    hiddenOnly: rules.optional(rules.boolean),
  }),
});

const anyModelRule: Rule<AnyRun["model"]> = (value, path) => {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  if (kind === "classifier") return classifierRule(value, path);
  return kind === "pixelcnn" ? pixelCnnRule(value, path) : modelRule(value, path);
};

const runRule: Rule<AnyRun> = rules.object<AnyRun>({
  preset: rules.optional(rules.string),
  model: anyModelRule,
  data: rules.string,
  resize: rules.optional(rules.list(rules.integer(1, 8192), 2, 2) as Rule<readonly [number, number]>),
  limit: rules.optional(rules.integer(1, 2 ** 31)),
  batch: rules.integer(1, mostRows),
  epochs: rules.integer(1, 1_000_000),
  steps: rules.optional(rules.integer(1, 1e12)),
  seed: rules.integer(0, Number.MAX_SAFE_INTEGER),
  optimizer: optimizerRule,
  lrSchedule: rules.optional(scheduleRule),
  beta: rules.optional(rules.number(0, 1e6)),
  klSchedule: rules.optional(scheduleRule),
  ...klRules,
  reduction: rules.oneOf("sum", "batchMean", "elementMean"),
  corruption: rules.optional(corruptionRule),
  pretrain: rules.optional(
    rules.object<PretrainConfig>({ steps: rules.integer(1, 1e9), corruption: rules.optional(corruptionRule) }),
  ),
  clipNorm: rules.optional(rules.above(0, 1e9)),
  shuffle: rules.optional(rules.boolean),
  saveEvery: rules.optional(rules.integer(1, 1e9)),
});

/** Checks the config of a run over images. @throws InputError as `checkRun`, and where it is a prior's */
export function checkConfig(value: unknown): RunConfig {
  const config = checkRun(value);
  if (isPrior(config)) throw new InputError("The config is a prior's over codes, and one over images is needed.");
  if (isClassifier(config)) throw new InputError("The config is a classifier's, and one that makes images is needed.");
  return config;
}

/** Checks a run's config, of whatever kind. @throws InputError with the path, what was given, what is allowed and the nearest
 * name */
export function checkRun(value: unknown): AnyRunConfig {
  const config = runRule(value, "");
  const ofImages = ["beta", "klSchedule", "corruption", "pretrain"] as const;
  const idle = [...ofImages, ...klKeys(config)].find((key) => config[key] !== undefined);
  if (isClassifier(config)) {
    if (idle) throw new InputError(`${idle} has no meaning for a classifier; leave it out.`);
    return config;
  }
  if (isPrior(config)) {
    const foreign = config.resize ? "resize" : idle;
    if (foreign) throw new InputError(`${foreign} has no meaning for a prior over codes; leave it out.`);
    return config;
  }
  assertConsistent(config as RunConfig);
  return config as RunConfig;
}

/** Refuses settings that do not go together. @throws InputError */
function assertConsistent(config: RunConfig): void {
  if (config.model.kind === "dae" && !config.corruption)
    throw new InputError(
      'corruption is missing, and a "dae" needs one; give {"kind": "gaussian", "sigma": 0.3} or make it an "ae".',
    );
  const { corruption } = config;
  if (corruption && countsHidden(corruption) && hiddenShare(corruption, config.model.inputShape) === 0)
    throw new InputError(
      "corruption.hiddenOnly counts errors where pixels are hidden, and none are; hide some or leave it out.",
    );
  if (countsHidden(corruption) && config.model.reconstructionLoss === "bce")
    throw new InputError(
      'corruption.hiddenOnly counts errors, and model.reconstructionLoss is "bce"; set that to "mse" or "l1".',
    );
  if (config.pretrain) checkPretrain(config);
  if (config.model.kind === "td-vae" && corruption)
    throw new InputError('corruption is for single images, and a "td-vae" sees its frames as they are; leave it out.');
  const weights = (["beta", "klSchedule"] as const).filter((key) => config[key] !== undefined);
  const ofKl = [...(config.model.kind === "td-vae" ? [] : weights), ...klKeys(config)];
  if (config.model.kind !== "vae" && ofKl.length > 0)
    throw new InputError(
      `${ofKl.join(" and ")} ${ofKl.length > 1 ? "are" : "is"} for the KL of a "vae", and this model is "${config.model.kind}"; leave ${ofKl.length > 1 ? "them" : "it"} out.`,
    );
  checkKl(config);
  checkConditionedKl(config, "condition" in config.model ? config.model.condition : undefined);
}

/** Refuses to train layers by themselves where they are no pairs. @throws InputError */
function checkPretrain({ model, pretrain }: RunConfig): void {
  if (!("hiddenDims" in model) || model.kind === "vae")
    throw new InputError(
      `pretrain is for an "ae" or "dae" of dense layers, and this model is ${"hiddenDims" in model ? `a "${model.kind}"` : "of convolutions"}; leave it out.`,
    );
  const { hiddenDims, decoderDims } = model;
  if (decoderDims && decoderDims.join() !== hiddenDims.toReversed().join())
    throw new InputError(
      `pretrain pairs each layer of the encoder with one of the decoder, and model.decoderDims [${decoderDims}] is not [${hiddenDims}] turned round; leave one of them out.`,
    );
  if (pretrain?.corruption?.kind === "patch" || countsHidden(pretrain?.corruption))
    throw new InputError(
      'pretrain.corruption hides patches or counts hidden pixels alone, which hidden layers have not; take "masking", "gaussian" or "saltPepper".',
    );
}

/** Whether the reconstruction counts in what a corruption hides alone. */
export const countsHidden = (corruption: CorruptionConfig | undefined): boolean =>
  corruption !== undefined && "hiddenOnly" in corruption && corruption.hiddenOnly === true;

/** The share of an image's pixels that a corruption hides: exact for patches that divide its sides, else what to expect. */
export function hiddenShare(corruption: CorruptionConfig, [, H, W]: readonly number[]): number {
  if (corruption.kind === "gaussian") return 0;
  if (corruption.kind !== "patch") return corruption.p;
  const patches = Math.ceil(H / corruption.size) * Math.ceil(W / corruption.size);
  return Math.round(corruption.ratio * patches) / patches;
}

/** Weights of the terms in the objective, in their order, relative to sums over an image and means over the batch. */
export function termWeights(
  terms: readonly Pick<Term, "scheduled" | "cost" | "elements">[],
  reduction: Reduction,
  rows: number,
  beta: number,
): number[] {
  return terms.map(({ scheduled, cost = 1, elements = 1 }) => {
    const weight = scheduled ? beta : cost;
    if (reduction === "sum") return weight * rows;
    return reduction === "batchMean" ? weight : weight / elements;
  });
}

/** Steps of a run in all, over `count` rows of data. */
export const totalSteps = ({ steps, epochs, batch }: AnyRun, count: number): number =>
  steps ?? epochs * Math.ceil(count / batch);

/** The beta that the KL has against a reconstruction in nats an image: what other libraries' settings amount to. */
export function effectiveBeta({ model, reduction }: RunConfig, beta: number): number {
  const images = model.kind === "td-vae" ? model.frames : 1;
  return reduction === "elementMean" ? (beta * model.inputShape.reduce((n, d) => n * d, 1)) / images : beta;
}
