/** The way between two latents: straight, or along the arc of the circle around 0 that both are on, their lengths going over
 * evenly (Shoemake 1985, "Animating rotation with quaternion curves"; White 2016, "Sampling generative networks"). An arc stays
 * where a wide prior has its mass; it is straight between latents that lie in one line with 0. */
export type WalkPath = "line" | "arc";

/** Shares of both ends at t from 0 to 1, for the angle between them. */
function shares(path: WalkPath, angle: number, t: number): readonly [number, number] {
  const sine = Math.sin(angle);
  if (path === "line" || !(sine > 1e-6)) return [1 - t, t];
  return [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
}

function angleOf(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let l = 0; l < a.length; l++) {
    dot += a[l] * b[l];
    aa += a[l] * a[l];
    bb += b[l] * b[l];
  }
  return aa === 0 || bb === 0 ? 0 : Math.acos(Math.min(1, Math.max(-1, dot / Math.sqrt(aa * bb))));
}

/** `steps` latents on the way from each row of a to that of b, ends counted in: [rows * steps, latentDim]. */
export function walks(
  a: Float32Array,
  b: Float32Array,
  latentDim: number,
  steps: number,
  path: WalkPath = "line",
): Float32Array {
  const out = new Float32Array(a.length * steps);
  for (let row = 0; row < a.length / latentDim; row++) {
    const [from, to] = [a, b].map((rows) => rows.subarray(row * latentDim, (row + 1) * latentDim));
    const angle = angleOf(from, to);
    for (let s = 0; s < steps; s++) {
      const [u, v] = shares(path, angle, steps === 1 ? 0 : s / (steps - 1));
      for (let l = 0; l < latentDim; l++) out[(row * steps + s) * latentDim + l] = u * from[l] + v * to[l];
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
