/** How a rollout follows the truth, jump by jump, the last given frame first: means over the sequences that reach so far. */
export interface RolloutAgreement {
  /** Correlation of the model's frame and the true one, pixel by pixel. */
  readonly correlation: readonly number[];
  /** Of the last given frame, as it is, and the true one. */
  readonly copy: readonly number[];
}

/** Measures rollouts [N, jumps + 1, D] against sequences [N, frames, D], of which `given` frames were given and each jump went `length`
 * further; jumps beyond the end of the sequences are left out. */
export function rolloutAgreement(
  sequences: Float32Array,
  rollouts: Float32Array,
  { count, width, given, length }: { count: number; width: number; given: number; length: number },
): RolloutAgreement {
  const [frames, states] = [sequences, rollouts].map((all) => all.length / (width * count)) as [number, number];
  const reached = Math.min(states, Math.floor((frames - given) / length) + 1);
  const cut = (all: Float32Array, n: number): Float32Array => all.subarray(n * width, (n + 1) * width);
  const mean = (of: (n: number) => number): number =>
    Array.from({ length: count }, (_, n) => of(n)).reduce((a, b) => a + b, 0) / count;
  const jumps = Array.from({ length: reached }, (_, k) => k);
  const truth = (n: number, k: number): Float32Array => cut(sequences, n * frames + given - 1 + k * length);
  return {
    correlation: jumps.map((k) => mean((n) => correlation(cut(rollouts, n * states + k), truth(n, k)))),
    copy: jumps.map((k) => mean((n) => correlation(truth(n, 0), truth(n, k)))),
  };
}

/** Pearson's correlation; 0 where one of the two is constant. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (x: Float32Array): number => x.reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - ma, b[i] - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
