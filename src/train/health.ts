import type { CodeUse } from "../models/code-use.js";
import type { Learner } from "../models/model.js";
import { effectiveBeta, type RunConfig } from "./config.js";
import type { Look } from "./monitor.js";
import { largestOf } from "./schedule.js";

/** What is wrong with a run, and the remedy, in a sentence.
 * - lossScale: the KL's weight does not go with how the reconstruction is reduced.
 * - posteriorCollapse: no latent dimension tells anything of the image.
 * - deadCodes: hardly any code is ever chosen.
 * - notFinite: a NaN or an infinity; training has stopped. */
export interface Alarm {
  readonly kind: "lossScale" | "posteriorCollapse" | "deadCodes" | "notFinite";
  readonly text: string;
}

/** How a run is, after a step. */
export interface Health {
  readonly step: number;
  /** L2 norm of the last step's gradients together, before any clipping; not of a run that a NaN has ended. */
  readonly gradientNorm?: number;
  /** Of a VAE, over the last step's batch: nats by dimension, and how many have a mu that varies by more than 0.01. */
  readonly klPerDim?: readonly number[];
  readonly activeUnits?: number;
  /** At the end of an epoch, of a model of discrete codes: how it used them. */
  readonly codebooks?: readonly CodeUse[];
  /** All that hold now. */
  readonly alarms: readonly Alarm[];
}

/** A unit is active where the variance of its posterior mean over the data is above this (Burda et al. 2016, "Importance
 * weighted autoencoders", section 5.2). */
export const ACTIVE_VARIANCE = 0.01;

/** Before these many steps latents and codes may still be finding their places. */
const settled = { latents: 300, codes: 100 };
/** Nats an image below which a KL tells nothing, where no unit is active either. */
const leastKl = 0.1;
/** A codebook with fewer of its codes in use than this share is as good as none. */
const leastUse = 0.01;
/** Effective weights of the KL that no method asks for: of an image's mean over its elements, and of any reduction. */
const betas = { most: 20, least: 1e-3 };

/** What a config says of itself, before the first step.
 * @param weighsByBeta whether a term of its objective is weighed by beta */
export function configAlarms(config: RunConfig<Learner["config"]>, weighsByBeta: boolean): Alarm[] {
  if (!weighsByBeta) return [];
  const beta = config.klSchedule ? largestOf(config.klSchedule) : (config.beta ?? 1);
  const effective = effectiveBeta(config as RunConfig, beta);
  const one = beta / effective;
  const wrong = (how: string): Alarm[] => [
    {
      kind: "lossScale",
      text: `The KL weighs ${Number(effective.toPrecision(3))} times as much as the likelihood asks for (reduction "${config.reduction}", beta ${beta}), ${how}: set reduction to "batchMean" and beta to 1, or beta to ${Number(one.toPrecision(3))}.`,
    },
  ];
  if (config.reduction === "elementMean" && effective > betas.most) return wrong("which leaves the latents empty");
  if (effective > 0 && effective < betas.least) return wrong("which leaves them without a prior to sample from");
  return [];
}

/** A look at a run, as numbers and alarms: a function of the run's state alone, so that a resumed run tells the same. */
export function healthOf(
  config: RunConfig<Learner["config"]>,
  weighsByBeta: boolean,
  step: number,
  { gradientNorm, latent }: Look,
  codebooks?: readonly CodeUse[],
): Health {
  const alarms = configAlarms(config, weighsByBeta);
  const activeUnits = latent?.variance.filter((v) => v > ACTIVE_VARIANCE).length;
  const kl = latent?.kl.reduce((a, b) => a + b, 0) ?? 0;
  // A loss of the wrong scale empties the latents too, and is the cause to name.
  if (activeUnits === 0 && kl < leastKl && step >= settled.latents && alarms.length === 0)
    alarms.push({
      kind: "posteriorCollapse",
      text: `The posterior has collapsed: no latent dimension tells anything of the image (KL ${kl.toPrecision(2)} nats); lower beta, let it rise slowly by a klSchedule, or set freeBits.`,
    });
  for (const { name, collapsed, used, numEmbeddings, perplexity } of step >= settled.codes ? (codebooks ?? []) : [])
    if (collapsed || used < leastUse * numEmbeddings)
      alarms.push({
        kind: "deadCodes",
        text: `${name}: ${used} of ${numEmbeddings} codes are in use (perplexity ${perplexity.toFixed(1)}) and the others dead; start anew with quantizer.kmeansInit or a quantizer.deadCodeThreshold.`,
      });
  return {
    step,
    gradientNorm,
    ...(latent && { klPerDim: latent.kl, activeUnits: activeUnits as number }),
    ...(codebooks && { codebooks }),
    alarms,
  };
}
