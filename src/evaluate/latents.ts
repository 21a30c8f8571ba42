import { ACTIVE_VARIANCE } from "../train/health.js";
import { clampLogVar } from "./nll.js";

/** Mean and variance of each latent dimension over the data (the code of an AE, mu of a VAE), and a VAE's KL divergence to
 * its prior by dimension. Float64 sums, in the order of the rows. */
export class LatentStatistics {
  private readonly sums: Float64Array;
  private readonly deviations: Float64Array;
  private readonly kls: Float64Array;
  private rows = 0;

  /** @param variational whether rows are mu beside logVar, [2 latentDim], or a code, [latentDim] */
  constructor(
    readonly latentDim: number,
    private readonly variational: boolean,
  ) {
    this.sums = new Float64Array(latentDim);
    this.deviations = new Float64Array(latentDim);
    this.kls = new Float64Array(latentDim);
  }

  /** Takes in what `Runner.statistics` gives. `priorMeans` [rows, latentDim] are those of the prior of each row; 0 where left out. */
  add(statistics: ArrayLike<number>, priorMeans?: ArrayLike<number>): void {
    const { latentDim, sums, deviations, kls } = this;
    const width = this.variational ? 2 * latentDim : latentDim;
    for (let at = 0, row = 0; at < statistics.length; at += width, row++) {
      this.rows++;
      for (let l = 0; l < latentDim; l++) {
        // Welford 1962: the variance of values far from 0 keeps its digits.
        const value = statistics[at + l];
        const before = value - sums[l];
        sums[l] += before / this.rows;
        deviations[l] += before * (value - sums[l]);
        if (!this.variational) continue;
        const logVar = statistics[at + latentDim + l];
        const distance = value - (priorMeans?.[row * latentDim + l] ?? 0);
        kls[l] += 0.5 * (distance * distance + Math.exp(clampLogVar(logVar)) - 1 - logVar);
      }
    }
  }

  get mean(): number[] {
    return [...this.sums];
  }

  get variance(): number[] {
    return Array.from(this.deviations, (d) => d / Math.max(1, this.rows));
  }

  /** Nats an image, by dimension; all 0 for an AE. */
  get kl(): number[] {
    return Array.from(this.kls, (k) => k / Math.max(1, this.rows));
  }

  /** How many dimensions carry something. */
  get activeUnits(): number {
    return this.variance.filter((v) => v > ACTIVE_VARIANCE).length;
  }
}
