import { InputError } from "../errors.js";
import { type ImageShape, type Picture, type TileOptions, tile } from "./picture.js";

/** The normal distribution function, by its power series (Marsaglia 2004, "Evaluating the normal distribution"). */
export function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = x;
  let term = x;
  for (let i = 3; Math.abs(term) > 1e-18 * Math.abs(sum); i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/** The normal quantile of p in (0, 1), by Newton's method: from 0 it nears the root from one side. */
export function inverseNormal(p: number): number {
  if (!(p > 0 && p < 1)) throw new InputError(`A normal quantile is asked for p = ${p}; p lies between 0 and 1.`);
  let x = 0;
  for (let i = 0; i < 100; i++) {
    const step = ((p - normalCdf(x)) * Math.sqrt(2 * Math.PI)) / Math.exp(-0.5 * x * x);
    x += step;
    if (Math.abs(step) < 1e-12) break;
  }
  return x;
}

export interface ManifoldOptions {
  readonly latentDim: number;
  /** Images along each side. Default 20. */
  readonly steps?: number;
  /** The outermost coordinate. Default 1.645, the 5 % and 95 % quantiles. */
  readonly range?: number;
  /** The two dimensions that are shown; all others are 0. Default 0 and 1. */
  readonly dims?: readonly [number, number];
}

/** Latents of a manifold [steps * steps, latentDim], row by row from the top: even steps of probability through the normal
 * quantile, as in figure 4 of Kingma and Welling 2014, "Auto-encoding variational Bayes". The first dimension grows to the
 * right, the second upwards. @throws InputError where the model has one latent dimension, or a named one is not there */
export function manifoldLatents({
  latentDim,
  steps = 20,
  range = 1.645,
  dims = [0, 1],
}: ManifoldOptions): Float32Array {
  if (latentDim < 2) throw new InputError("A manifold needs 2 latent dimensions and the model has 1; use traverse.");
  const missing = dims.find((d) => !(Number.isInteger(d) && d >= 0 && d < latentDim));
  if (missing !== undefined || dims[0] === dims[1])
    throw new InputError(
      `A manifold shows two different dimensions from 0 to ${latentDim - 1}, got ${dims.join(" and ")}.`,
    );
  if (!(range > 0 && range <= 6)) throw new InputError(`The range of a manifold is above 0, up to 6, got ${range}.`);
  const low = normalCdf(-range);
  const axis = Array.from({ length: steps }, (_, i) =>
    steps === 1 ? 0 : inverseNormal(low + ((1 - 2 * low) * i) / (steps - 1)),
  );
  const latents = new Float32Array(steps * steps * latentDim);
  for (let row = 0; row < steps; row++)
    for (let column = 0; column < steps; column++) {
      const at = (row * steps + column) * latentDim;
      latents[at + dims[0]] = axis[column];
      latents[at + dims[1]] = axis[steps - 1 - row];
    }
  return latents;
}

/** The decoded latents of a manifold [steps * steps, H, W, C], edge to edge. */
export function latentManifold(images: Float32Array, shape: ImageShape, steps: number, options?: TileOptions): Picture {
  return tile(images, shape, steps, { gap: 0, ...options });
}
