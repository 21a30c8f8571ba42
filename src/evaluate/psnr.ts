/** Squared error of each image, a mean over its pixels and channels. a, b [N, width]; float64. */
export function squaredErrors(a: ArrayLike<number>, b: ArrayLike<number>, width: number): Float64Array {
  const errors = new Float64Array(a.length / width);
  for (let n = 0; n < errors.length; n++) {
    let sum = 0;
    for (let i = n * width; i < (n + 1) * width; i++) sum += (a[i] - b[i]) ** 2;
    errors[n] = sum / width;
  }
  return errors;
}

/** Peak signal-to-noise ratio in dB of a mean squared error, for values in [0, 1]; at most 100, where images are equal. */
export function psnr(meanSquaredError: number): number {
  return -10 * Math.log10(Math.max(meanSquaredError, 1e-10));
}
