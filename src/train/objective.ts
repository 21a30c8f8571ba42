import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Forward, Term } from "../models/model.js";
import { freeBits } from "../ops/free-bits.js";
import { klCapacity } from "../ops/kl-capacity.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { totalCorrelation } from "../ops/total-correlation.js";

/** What a VAE's KL counts for beyond a weight: one of these at most. */
export interface KlConfig {
  /** gamma |KL - C| in place of beta KL, where C rises from 0 to `max` nats an image over `warmupSteps` (Burgess et al. 2018,
   * "Understanding disentangling in beta-VAE"). */
  readonly capacity?: { readonly max: number; readonly warmupSteps: number; readonly gamma: number };
  /** Nats that each latent dimension's mean KL has for nothing (Kingma et al. 2016, "Improved variational inference with inverse
   * autoregressive flow"). */
  readonly freeBits?: number;
  /** The KL in three parts (Chen et al. 2018, "Isolating sources of disentanglement in VAEs"): beta weighs the total correlation, `mi`
   * the mutual information and `dimKl` the dimensions' own KL, 1 each where left out. */
  readonly decomposition?: { readonly mi?: number; readonly dimKl?: number };
  /** Latents that are drawn for each image, whose importance weights give a tighter bound than the ELBO (Burda et al. 2016,
   * "Importance weighted autoencoders"). */
  readonly importanceSamples?: number;
}

const weight = rules.number(0, 1e6);

export const klRules: { readonly [K in keyof Required<KlConfig>]: Rule<KlConfig[K]> } = {
  capacity: rules.optional(
    rules.object<NonNullable<KlConfig["capacity"]>>({
      max: rules.number(0, 1e6),
      warmupSteps: rules.integer(1, 1e12),
      gamma: weight,
    }),
  ),
  freeBits: rules.optional(rules.number(0, 1e3)),
  decomposition: rules.optional(
    rules.object<NonNullable<KlConfig["decomposition"]>>({
      mi: rules.optional(weight),
      dimKl: rules.optional(weight),
    }),
  ),
  importanceSamples: rules.optional(rules.integer(1, 1000)),
};

/** What is asked for, by its keys. */
export const klKeys = (config: KlConfig): (keyof KlConfig)[] =>
  (Object.keys(klRules) as (keyof KlConfig)[]).filter((key) => config[key] !== undefined);

/** Refuses two ways at once, and a beta where it would weigh nothing. @throws InputError */
export function checkKl(config: KlConfig & { readonly beta?: number; readonly klSchedule?: unknown }): void {
  const [first, second] = klKeys(config);
  if (first && second)
    throw new InputError(`${first} and ${second} are two ways to count the KL; leave one of them out.`);
  const idle = config.beta !== undefined ? "beta" : config.klSchedule !== undefined ? "klSchedule" : undefined;
  if (idle && (first === "capacity" || first === "importanceSamples"))
    throw new InputError(
      `${idle} weighs the KL, which ${first} counts in its own way; leave ${idle} out${first === "capacity" ? " and set capacity.gamma" : ""}.`,
    );
}

/** Refuses ways to count the KL that a conditional model has no meaning for. @throws InputError */
export function checkConditionedKl(config: KlConfig, condition: string | undefined): void {
  const [asked] = klKeys(config);
  if (!condition || !asked || asked === "capacity") return;
  if (asked === "importanceSamples")
    throw new InputError("importanceSamples is for models without model.condition; leave one of the two out.");
  if (condition === "priorMean")
    throw new InputError(
      `${asked} counts the KL to N(0, I), and model.condition "priorMean" gives each class a prior of its own; leave ${asked} out or take another condition.`,
    );
}

/** The KL that the objective asks for after `step` steps, in nats an image. */
export const capacityAt = ({ capacity }: KlConfig, step: number): number =>
  capacity ? capacity.max * Math.min(1, step / capacity.warmupSteps) : 0;

/** The terms of the objective: the model's own, but for a KL that counts in another way. `kl` stays among them where it can, to be
 * seen. `rows` is how many the data set has. */
export function objective(graph: Graph, { terms, latent }: Forward, config: KlConfig, rows: number): readonly Term[] {
  const kl = terms.find((term) => term.name === "kl");
  if (!kl) return terms;
  const rest = terms.filter((term) => term !== kl);
  if (config.capacity) {
    const { loss } = graph.apply(klCapacity, { kl: kl.tensor }, {}, "capacity");
    return [...rest, shown(kl), { name: "capacity", tensor: loss as Tensor, cost: config.capacity.gamma }];
  }
  if (!latent) return terms;
  if (config.freeBits !== undefined) {
    const { loss } = graph.apply(freeBits, { stats: latent.stats }, { free: config.freeBits }, "free-bits");
    return [...rest, shown(kl), { name: "freeBits", tensor: loss as Tensor, scheduled: true }];
  }
  if (config.decomposition) return [...rest, ...parts(graph, latent, config.decomposition, rows)];
  return terms;
}

/** A term that is measured and weighs nothing. */
export const shown = ({ name, tensor, stats }: Term): Term => ({ name, tensor, cost: 0, ...(stats && { stats }) });

function parts(
  graph: Graph,
  { stats, z }: NonNullable<Forward["latent"]>,
  { mi = 1, dimKl = 1 }: NonNullable<KlConfig["decomposition"]>,
  rows: number,
): Term[] {
  const { terms } = graph.apply(totalCorrelation, { stats, z }, { rows }, "decomposition");
  const part = (k: number, name: string): Tensor => {
    const { y } = graph.apply(slice, { x: terms as Tensor }, { axis: 0, from: k, to: k + 1 }, `decomposition.${name}`);
    return graph.apply(reshape, { x: y as Tensor }, reshapeTo([z.shape[0] as number]), name).y as Tensor;
  };
  return [
    { name: "mi", tensor: part(0, "mi"), cost: mi, stats },
    { name: "tc", tensor: part(1, "tc"), scheduled: true },
    { name: "dimKl", tensor: part(2, "dimKl"), cost: dimKl },
  ];
}
