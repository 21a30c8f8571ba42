/** The generator that the stored trajectories name: numbers in [0, 1). */
export function uniforms(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(1664525, s) + 1013904223) >>> 0;
    return (s >>> 8) / 2 ** 24;
  };
}

/** Its normals, by Box and Muller. */
export function normals(seed: number): () => number {
  const u = uniforms(seed);
  return () => {
    const u1 = 1 - u();
    return Math.sqrt(-2 * Math.log(u1)) * Math.cos(2 * Math.PI * u());
  };
}
