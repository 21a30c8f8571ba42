import type { Dataset } from "../data/dataset.js";
import { normalAt, streams } from "../random/philox.js";
import { type Disentanglement, disentanglement } from "./disentanglement.js";
import { clampLogVar, logSumExp } from "./nll.js";

/** Rows that the mutual information is estimated from: it cannot tell more than the log of their number. */
const INFORMED = 1000;

/** Where the latents of a whole data set are kept, for what takes them all together. */
export class LatentSurvey {
  private readonly means: Float32Array[] = [];
  private readonly informed: Float32Array[] = [];
  private rows = 0;

  /** @param variational whether rows are mu beside logVar, [2 latentDim], or a code, [latentDim] */
  constructor(
    readonly latentDim: number,
    private readonly variational: boolean,
  ) {}

  /** Takes in what `Runner.statistics` gives. */
  add(statistics: Float32Array): void {
    const { latentDim } = this;
    const width = this.variational ? 2 * latentDim : latentDim;
    for (let at = 0; at < statistics.length; at += width) {
      this.means.push(statistics.slice(at, at + latentDim));
      if (this.variational && this.rows < INFORMED) this.informed.push(statistics.slice(at, at + width));
      this.rows++;
    }
  }

  /** What the latents tell of the images, and where the data's factors are known, of these. */
  measures({ factors, factorNames, labels }: Dataset, seed: number): LatentMeasures {
    const { latentDim, means, rows } = this;
    const ofImages = this.variational ? { mutualInformation: mutualInformation(this.informed, latentDim, seed) } : {};
    if (!factors || !factorNames) return ofImages;
    const latents = new Float32Array(rows * latentDim);
    for (const [n, row] of means.entries()) latents.set(row, n * latentDim);
    const F = factorNames.length;
    const classes = (f: number): boolean => labels?.every((label, n) => label === factors[n * F + f]) ?? false;
    const found = disentanglement(latents, latentDim, factors.subarray(0, rows * F), factorNames, classes);
    return { ...ofImages, disentanglement: found };
  }
}

export interface LatentMeasures {
  /** Of a VAE: what a draw of the posterior tells of its image, in nats, at most the log of the rows it is estimated from (the first
   * 1,000): E log q(z|x) - log q(z), q(z) the mean of their posteriors (Hoffman and Johnson 2016, "ELBO surgery"). */
  readonly mutualInformation?: number;
  /** Of data whose factors are known: how well each has a latent to itself. */
  readonly disentanglement?: Disentanglement;
}

/** The mutual information of image and latent over rows of mu beside logVar, in nats: one draw a row. */
export function mutualInformation(rows: readonly ArrayLike<number>[], latentDim: number, seed: number): number {
  const normalisers = rows.map((row) => {
    let sum = 0;
    for (let l = 0; l < latentDim; l++) sum += clampLogVar(row[latentDim + l]);
    return -0.5 * sum;
  });
  const precisions = rows.map((row) =>
    Float64Array.from({ length: latentDim }, (_, l) => Math.exp(-clampLogVar(row[latentDim + l]))),
  );
  const logs = new Float64Array(rows.length);
  const z = new Float64Array(latentDim);
  let told = 0;
  for (const [i, row] of rows.entries()) {
    for (let l = 0; l < latentDim; l++) {
      const e = normalAt(seed, streams.reparameterize, 0, i * latentDim + l);
      z[l] = row[l] + Math.exp(0.5 * clampLogVar(row[latentDim + l])) * e;
    }
    for (const [j, other] of rows.entries()) {
      let square = 0;
      for (let l = 0; l < latentDim; l++) square += (z[l] - other[l]) ** 2 * precisions[j][l];
      logs[j] = normalisers[j] - 0.5 * square;
    }
    told += logs[i] - (logSumExp(logs) - Math.log(rows.length));
  }
  return told / Math.max(1, rows.length);
}
