/** log(sum exp(x)), without overflow. */
export function logSumExp(x: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) most = Math.max(most, x[i]);
  if (!Number.isFinite(most)) return most;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.exp(x[i] - most);
  return most + Math.log(sum);
}

/** The logVar that the reparameterization sees. */
export const clampLogVar = (logVar: number): number => Math.min(20, Math.max(-30, logVar));

/** log p(z) - log q(z|x) in nats of z = mu + exp(logVar / 2) eps, for the prior N(0, I); the normalisers cancel.
 * `stats` holds mu, then logVar, at `at`; `eps` its noise at `noiseAt`. */
export function priorOverPosterior(
  stats: ArrayLike<number>,
  at: number,
  eps: ArrayLike<number>,
  noiseAt: number,
  latentDim: number,
): number {
  let sum = 0;
  for (let l = 0; l < latentDim; l++) {
    const logVar = clampLogVar(stats[at + latentDim + l]);
    const e = eps[noiseAt + l];
    const z = stats[at + l] + Math.exp(0.5 * logVar) * e;
    sum += 0.5 * (e * e - z * z + logVar);
  }
  return sum;
}

/** -log p(x) in nats from the log weights log p(x|z_k) + log p(z_k) - log q(z_k|x) of draws from q (Burda et al. 2016,
 * "Importance weighted autoencoders"): an upper bound in the mean, the tighter the more draws; of one draw, the -ELBO. */
export function importanceNll(logWeights: ArrayLike<number>): number {
  return Math.log(logWeights.length) - logSumExp(logWeights);
}
