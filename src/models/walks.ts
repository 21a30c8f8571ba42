/** mu of rows of mu beside logVar, [N, 2 latentDim] to [N, latentDim]. */
export function meansOf(statistics: Float32Array, latentDim: number): Float32Array {
  return Float32Array.from(
    { length: statistics.length / 2 },
    (_, i) => statistics[i + Math.floor(i / latentDim) * latentDim],
  );
}

/** `steps` latents on the way from each row of a to that of b, ends counted in: [rows * steps, latentDim]. */
export function walks(a: Float32Array, b: Float32Array, latentDim: number, steps: number): Float32Array {
  const out = new Float32Array(a.length * steps);
  for (let row = 0; row < a.length / latentDim; row++)
    for (let s = 0; s < steps; s++) {
      const t = steps === 1 ? 0 : s / (steps - 1);
      for (let l = 0; l < latentDim; l++) {
        const at = row * latentDim + l;
        out[(row * steps + s) * latentDim + l] = (1 - t) * a[at] + t * b[at];
      }
    }
  return out;
}

/** The class of each latent of walks: that of the nearer end, in the middle of the first. */
export function nearerEnds(
  { from, to }: { readonly from: ArrayLike<number>; readonly to: ArrayLike<number> },
  steps: number,
): Uint32Array {
  return Uint32Array.from({ length: from.length * steps }, (_, i) => {
    const end = 2 * (i % steps) > steps - 1 ? to : from;
    return end[Math.floor(i / steps)];
  });
}
