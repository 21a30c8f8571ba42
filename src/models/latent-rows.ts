import { InputError } from "../errors.js";
import { RandomStream, streams } from "../random/philox.js";

/** mu of rows of mu beside logVar, [N, 2 latentDim] to [N, latentDim]. */
export function meansOf(statistics: Float32Array, latentDim: number): Float32Array {
  return Float32Array.from(
    { length: statistics.length / 2 },
    (_, i) => statistics[i + Math.floor(i / latentDim) * latentDim],
  );
}

/** The mean of rows [N, latentDim]; a float64 sum. @throws InputError where there are none */
export function meanRow(latents: Float32Array, latentDim: number): Float32Array {
  const rows = latents.length / latentDim;
  if (rows === 0) throw new InputError("A mean was asked for of no rows; name one at the least.");
  const sums = new Float64Array(latentDim);
  for (let i = 0; i < latents.length; i++) sums[i % latentDim] += latents[i];
  return Float32Array.from(sums, (sum) => sum / rows);
}

/** a - b + c of latents: what makes b of a, taken from c (Radford et al. 2016, "Unsupervised representation learning with deep
 * convolutional generative adversarial networks", section 6.3.2). */
export const analogy = (a: Float32Array, b: Float32Array, c: Float32Array): Float32Array =>
  a.map((value, l) => value - b[l] + c[l]);

/** `count` latents drawn evenly from the box that rows [N, latentDim] span, a function of the seed. What comes of decoding them
 * shows why an autoencoder without a prior does not generate: most of the box is far from every code. */
export function boxed(latents: Float32Array, latentDim: number, count: number, seed: number): Float32Array {
  const low = new Float32Array(latentDim).fill(Number.POSITIVE_INFINITY);
  const high = new Float32Array(latentDim).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < latents.length; i++) {
    const l = i % latentDim;
    low[l] = Math.min(low[l], latents[i]);
    high[l] = Math.max(high[l], latents[i]);
  }
  const random = new RandomStream(seed, streams.sample);
  return Float32Array.from({ length: count * latentDim }, (_, i) => {
    const l = i % latentDim;
    return low[l] + (high[l] - low[l]) * random.uniform();
  });
}
