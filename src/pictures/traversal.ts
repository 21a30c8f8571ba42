import { InputError } from "../errors.js";
import { type ImageShape, type Picture, type TileOptions, tile } from "./picture.js";

/** What is known of a latent dimension from data. */
export interface DimensionScale {
  readonly mean: number;
  /** Standard deviation. */
  readonly spread: number;
}

export interface TraversalOptions {
  readonly latentDim: number;
  /** Values a row. Default 9. */
  readonly steps?: number;
  /** The ends of each row, in units of the prior or of the spread. Default 3. */
  readonly range?: number;
  /** Which dimensions, a row each, in this order. Default all. */
  readonly dims?: readonly number[];
  /** The latent that the other coordinates keep. Default 0. */
  readonly base?: ArrayLike<number>;
  /** By dimension: values are mean + v * spread. Default 0 and 1, the prior of a VAE. */
  readonly scales?: readonly DimensionScale[];
}

/** Latents of a traversal [dims * steps, latentDim]: a row a dimension, its value from -range to range, all others as in
 * `base` (Higgins et al. 2017, "beta-VAE"). @throws InputError for a dimension that is not there */
export function traversalLatents(options: TraversalOptions): Float32Array {
  const { latentDim, steps = 9, range = 3, base, scales } = options;
  const dims = options.dims ?? Array.from({ length: latentDim }, (_, l) => l);
  const latents = new Float32Array(dims.length * steps * latentDim);
  dims.forEach((dim, row) => {
    if (!(Number.isInteger(dim) && dim >= 0 && dim < latentDim))
      throw new InputError(`There is no latent dimension ${dim}; they go from 0 to ${latentDim - 1}.`);
    const { mean, spread } = scales?.[dim] ?? { mean: 0, spread: 1 };
    for (let s = 0; s < steps; s++) {
      const at = (row * steps + s) * latentDim;
      for (let l = 0; l < latentDim; l++) latents[at + l] = base?.[l] ?? 0;
      const t = steps === 1 ? 0 : (2 * s) / (steps - 1) - 1;
      latents[at + dim] = mean + t * range * spread;
    }
  });
  return latents;
}

/** Dimensions from the most active to the least; those alike stay in their order. */
export function byActivity(activity: ArrayLike<number>): number[] {
  return Array.from({ length: activity.length }, (_, l) => l).sort((a, b) => activity[b] - activity[a]);
}

/** The decoded latents of a traversal [dims * steps, H, W, C]: rows are dimensions, columns values. */
export function latentTraversal(
  images: Float32Array,
  shape: ImageShape,
  steps: number,
  options?: TileOptions,
): Picture {
  return tile(images, shape, steps, options);
}
