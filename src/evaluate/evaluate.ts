import type { Dataset } from "../data/dataset.js";
import { floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { Program } from "../gpu/program.js";
import { type CodeUse, usesOf } from "../models/code-use.js";
import { labelsOf } from "../models/labels.js";
import { meansOf } from "../models/latent-rows.js";
import type { Model } from "../models/model.js";
import { Runner } from "../models/runner.js";
import { normalAt, streams } from "../random/philox.js";
import { type CorruptionConfig, countsHidden } from "../train/config.js";
import { Corruptor } from "./corruptor.js";
import { HiddenErrors } from "./hidden.js";
import { LatentStatistics } from "./latents.js";
import { importanceNll, priorOverPosterior } from "./nll.js";
import { psnr, squaredErrors } from "./psnr.js";
import { ssim, ssimWindow } from "./ssim.js";
import { type LatentMeasures, LatentSurvey } from "./survey.js";
import { RowTerms } from "./terms.js";

/** Images that one submit works on. */
const CHUNK = 128;

export interface EvaluateOptions {
  /** Of every draw. Default 0. */
  readonly seed?: number;
  /** Latents drawn for each image of a VAE, jumps and states for each sequence of a TD-VAE. Default 10. */
  readonly samples?: number;
  /** What a denoising autoencoder was trained against; needed for a "dae". */
  readonly corruption?: CorruptionConfig;
  /** Called after each submit, with the images done so far. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** What a model is worth on data: means over the images. */
export interface Evaluation extends LatentMeasures {
  readonly images: number;
  /** Each loss term in canonical units, by its name: summed over an image, for "bce" in nats. `recon` of a VAE is a mean over
   * the draws; the terms of a TD-VAE are those of a frame and the jump to it, means over draws of both. */
  readonly terms: Readonly<Record<string, number>>;
  /** Squared error a pixel (and channel): of a VAE by its posterior mean, of a DAE denoised against clean. */
  readonly mse: number;
  /** dB, a mean over the images. */
  readonly psnr: number;
  /** A mean over the images, with the side of its window; left out for images under 3 x 3. */
  readonly ssim?: number;
  readonly ssimWindow?: number;
  /** Dimensions whose mean varies over the data by more than 0.01; not of a model of discrete codes. */
  readonly activeUnits?: number;
  /** Variance of the code, or of mu, by dimension; not of a model of discrete codes. */
  readonly latentVariance?: readonly number[];
  /** Mean of the code, or of mu, by dimension: of a sigmoid's, its mean activation. */
  readonly latentMean?: readonly number[];
  /** How a model of discrete codes used them, a set each. */
  readonly codebooks?: readonly CodeUse[];
  /** The rest is a VAE's. KL in nats an image, by dimension. */
  readonly klPerDim?: readonly number[];
  /** recon + kl: the bound on -log p(x), up to `likelihoodConstant`. */
  readonly negativeElbo?: number;
  /** -log p(x) by importance sampling, up to the same constant, with the draws it took. */
  readonly nll?: number;
  readonly samples?: number;
  /** What makes recon a negative log density: 0 for "bce" and "gaussian", D/2 log(pi) for "mse" (variance 1/2), D log 2 for "l1". */
  readonly likelihoodConstant?: number;
  /** (-ELBO + likelihoodConstant) / (D log 2). */
  readonly bitsPerDim?: number;
  /** A DAE's: the squared error a pixel of the corrupted images themselves. */
  readonly corruptedMse?: number;
  /** Of a DAE whose corruption hides pixels: the squared error a hidden pixel, and that of filling in each pixel's mean. */
  readonly hiddenMse?: number;
  readonly meanFillMse?: number;
}

class Mean {
  private sum = 0;
  private count = 0;
  add(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.sum += values[i];
    this.count += values.length;
  }
  get value(): number {
    return this.sum / this.count;
  }
}

const constants = { bce: 0, mse: 0.5 * Math.log(Math.PI), l1: Math.log(2), gaussian: 0 };

function check(model: Model, dataset: Dataset, { samples = 10, corruption }: EvaluateOptions): void {
  const { inputShape, kind } = model.config;
  if (dataset.shape.join() !== inputShape.join())
    throw new InputError(
      `${dataset.name} holds images of [${dataset.shape}] and the model takes [${inputShape}] (C, H, W); take other data.`,
    );
  if (!(Number.isInteger(samples) && samples >= 1 && samples <= 100_000))
    throw new InputError(`samples is ${samples}; give a whole number from 1 to 100000.`);
  if (kind === "dae" && !corruption)
    throw new InputError('A "dae" is evaluated against the corruption it was trained with; give it as corruption.');
}

/** Runs a model over a data set and measures it: a function of the weights, the data and the seed.
 * @param weights a program that holds the model's weights: a Trainer's, or `weightsProgram`'s
 * @throws InputError where the data do not fit the model or an option is out of range */
export async function evaluateModel(
  device: Device,
  model: Model,
  weights: Program,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  check(model, dataset, options);
  const { seed = 0, samples = 10, onProgress } = options;
  const { kind, inputShape, reconstructionLoss } = model.config;
  const vae = kind === "vae";
  const { latentDim, width } = model;
  const labels = labelsOf(model, dataset);
  const runner = new Runner(device, model, weights);
  const rowTerms = new RowTerms(device, model, weights, CHUNK, countsHidden(options.corruption));
  const corruptor =
    kind === "dae" && options.corruption ? new Corruptor(device, inputShape, options.corruption, CHUNK) : undefined;
  const latents = model.coded ? undefined : new LatentStatistics(latentDim, vae);
  const survey = latents && new LatentSurvey(latentDim, vae);
  const codes = model.coded?.levels.map(() => [] as Uint32Array[]);
  const hidden = new HiddenErrors(width);
  const terms = new Map(rowTerms.names.map((name) => [name, new Mean()]));
  const [mse, decibels, similarity, nll, corruptedMse] = Array.from({ length: 5 }, () => new Mean());
  try {
    for (let at = 0; at < dataset.count; at += CHUNK) {
      const count = Math.min(CHUNK, dataset.count - at);
      const images = floatRows(dataset, at, count);
      const { seen, hidden: where } = corruptor ? await corruptor.apply(images, seed, at / CHUNK) : { seen: images };
      const maps = codes && (await runner.indices(seen));
      const own = labels?.subarray(at, at + count);
      const stats = maps ? new Float32Array(0) : await runner.statistics(seen, own);
      const priorMeans = own && (await runner.priorMeans(own));
      latents?.add(stats, priorMeans);
      survey?.add(stats);
      maps?.forEach((map, i) => {
        codes?.[i]?.push(map);
      });
      const decoded = await (maps ? runner.picture(maps) : runner.decode(vae ? meansOf(stats, latentDim) : stats, own));
      const errors = squaredErrors(images, decoded, width);
      mse.add(errors);
      decibels.add(errors.map(psnr));
      similarity.add(ssim(images, decoded, inputShape) ?? []);
      if (corruptor) corruptedMse.add(squaredErrors(images, seen, width));
      if (where) hidden.add(images, decoded, where);
      rowTerms.load(images, seen, where, own);
      const centred = priorMeans ? aroundPrior(stats, priorMeans, latentDim) : stats;
      const logWeights = Array.from({ length: count }, () => new Float64Array(samples));
      const draws = vae || model.temporal ? samples : 1;
      for (let k = 0; k < draws; k++) {
        const eps = vae ? noise(seed, k, at, count, latentDim) : undefined;
        const found = await rowTerms.run(count, eps, { seed, step: (at / CHUNK) * draws + k });
        for (const [name, mean] of terms) mean.add(found[name]);
        if (eps)
          logWeights.forEach((row, r) => {
            row[k] = priorOverPosterior(centred, r * 2 * latentDim, eps, r * latentDim, latentDim) - found.recon[r];
          });
      }
      if (vae) nll.add(logWeights.map(importanceNll));
      onProgress?.(at + count, dataset.count);
    }
  } finally {
    corruptor?.dispose();
    rowTerms.dispose();
    runner.dispose();
  }
  const values = Object.fromEntries([...terms].map(([name, mean]) => [name, mean.value]));
  const window = ssimWindow(inputShape[1], inputShape[2]);
  const negativeElbo = values.recon + (values.kl ?? 0);
  const likelihoodConstant = constants[reconstructionLoss] * width;
  return {
    images: dataset.count,
    terms: values,
    mse: mse.value,
    psnr: decibels.value,
    ...(window === undefined ? {} : { ssim: similarity.value, ssimWindow: window }),
    ...(latents && { activeUnits: latents.activeUnits, latentVariance: latents.variance, latentMean: latents.mean }),
    ...survey?.measures(dataset, seed),
    ...(codes && { codebooks: model.coded?.levels.flatMap(({ sets }, i) => usesOf(sets, joined(codes[i] ?? []))) }),
    ...(vae && {
      klPerDim: latents?.kl,
      negativeElbo,
      nll: nll.value,
      samples,
      likelihoodConstant,
      bitsPerDim: (negativeElbo + likelihoodConstant) / (width * Math.LN2),
    }),
    ...(corruptor && { corruptedMse: corruptedMse.value }),
    ...(corruptor?.hides && { hiddenMse: hidden.mse, meanFillMse: hidden.meanFillMse }),
  };
}

function joined(maps: readonly Uint32Array[]): Uint32Array {
  const out = new Uint32Array(maps.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const map of maps) {
    out.set(map, at);
    at += map.length;
  }
  return out;
}

/** Rows of mu beside logVar with each mu relative to its prior's mean. */
function aroundPrior(stats: Float32Array, priorMeans: Float32Array, latentDim: number): Float32Array {
  const out = stats.slice();
  priorMeans.forEach((mean, i) => {
    out[i + Math.floor(i / latentDim) * latentDim] -= mean;
  });
  return out;
}

/** Draw `sample` of rows `first` to `first + rows`: each row's numbers depend on its place in the data alone. */
function noise(seed: number, sample: number, first: number, rows: number, latentDim: number): Float32Array {
  const from = first * latentDim;
  return Float32Array.from({ length: rows * latentDim }, (_, i) =>
    normalAt(seed, streams.reparameterize, sample, from + i),
  );
}
