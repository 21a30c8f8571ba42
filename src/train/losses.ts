import type { CodeUse } from "../models/code-use.js";

/** The loss terms of one step, canonical: nats (or squared error) an image, mean over the batch. */
export interface StepLosses {
  /** Steps done, this one counted in. */
  readonly step: number;
  /** Images in the batch. */
  readonly rows: number;
  /** The objective as the config reduces it. */
  readonly loss: number;
  /** Each term by its name: recon, kl. */
  readonly terms: Readonly<Record<string, number>>;
}

/** Means over an epoch, image by image. */
export interface EpochLosses {
  /** Epochs done, this one counted in. */
  readonly epoch: number;
  readonly step: number;
  readonly images: number;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  /** How a model of discrete codes used them over the epoch, a set each. */
  readonly codebooks?: readonly CodeUse[];
}

/** Adds up each step's losses over the epoch, weighted by the images of the step. Float64, in the order of the steps: the
 * same sums after a resume. */
export class Losses {
  private images = 0;
  private loss = 0;
  private terms: Record<string, number> = {};
  /** The last epoch that ended. */
  last: EpochLosses | undefined;

  add(step: StepLosses, stepsPerEpoch: number): void {
    this.images += step.rows;
    this.loss += step.loss * step.rows;
    for (const [name, value] of Object.entries(step.terms))
      this.terms[name] = (this.terms[name] ?? 0) + value * step.rows;
    if (step.step % stepsPerEpoch !== 0) return;
    this.last = this.mean(step.step / stepsPerEpoch, step.step);
    this.images = 0;
    this.loss = 0;
    this.terms = {};
  }

  /** Adds to the epoch that has just ended how its codes were used. */
  endEpoch(codebooks: readonly CodeUse[]): void {
    if (this.last) this.last = { ...this.last, codebooks };
  }

  /** Means of the epoch under way. */
  mean(epoch: number, step: number): EpochLosses {
    const over = Math.max(1, this.images);
    const terms = Object.fromEntries(Object.entries(this.terms).map(([name, sum]) => [name, sum / over]));
    return { epoch, step, images: this.images, loss: this.loss / over, terms };
  }

  /** The sums, to be kept with a checkpoint. */
  sums(): Readonly<Record<string, number>> {
    return {
      images: this.images,
      loss: this.loss,
      ...Object.fromEntries(Object.entries(this.terms).map(([k, v]) => [`term.${k}`, v])),
    };
  }

  restore(sums: Readonly<Record<string, number>>): void {
    this.images = sums.images ?? 0;
    this.loss = sums.loss ?? 0;
    this.terms = Object.fromEntries(
      Object.entries(sums).flatMap(([k, v]) => (k.startsWith("term.") ? [[k.slice(5), v] as const] : [])),
    );
  }
}
