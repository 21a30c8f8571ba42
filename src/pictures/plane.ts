import { InputError } from "../errors.js";
import type { Ellipse } from "./scatter.js";

/** Two directions of a latent space, as `Pca` finds them or as coordinates are: axes [2, latentDim], orthonormal, through mean [latentDim]. */
export interface Plane {
  readonly axes: Float32Array;
  readonly mean: Float32Array;
}

/** The plane of two coordinates through 0. @throws InputError where a latent has not as many */
export function coordinatePlane(latentDim: number, dims: readonly [number, number]): Plane {
  const most = Math.max(...dims);
  if (most >= latentDim)
    throw new InputError(`There is no latent dimension ${most}; they go from 0 to ${latentDim - 1}.`);
  const axes = new Float32Array(2 * latentDim);
  dims.forEach((dim, k) => {
    axes[k * latentDim + dim] = 1;
  });
  return { axes, mean: new Float32Array(latentDim) };
}

/** Where latents [N, latentDim] are in a plane, [N, 2]. */
export function project(latents: Float32Array, { axes, mean }: Plane): Float32Array {
  const L = mean.length;
  return Float32Array.from({ length: (latents.length / L) * 2 }, (_, i) => {
    const [row, axis] = [Math.floor(i / 2), i % 2];
    let sum = 0;
    for (let l = 0; l < L; l++) sum += (latents[row * L + l] - mean[l]) * axes[axis * L + l];
    return sum;
  });
}

/** What the posteriors of a VAE look like in a plane, of the first `count` rows of mu beside logVar [N, 2 latentDim]. */
export function posteriorEllipses(statistics: Float32Array, { axes, mean }: Plane, count: number): Ellipse[] {
  const L = mean.length;
  const rows = Math.min(count, statistics.length / (2 * L));
  return Array.from({ length: rows }, (_, point) => {
    let [xx, yy, xy] = [0, 0, 0];
    for (let l = 0; l < L; l++) {
      const variance = Math.exp(statistics[(2 * point + 1) * L + l]);
      const [a, b] = [axes[l], axes[L + l]];
      xx += variance * a * a;
      yy += variance * b * b;
      xy += variance * a * b;
    }
    return { point, xx, yy, xy };
  });
}
