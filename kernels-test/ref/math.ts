/** erf to float64 rounding: its power series below 3, the continued fraction of erfc above (Abramowitz and Stegun 7.1.5, 7.1.14). */
export function erf(x: number): number {
  const t = Math.abs(x);
  if (t < 3) {
    let term = t;
    let sum = t;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (-t * t) / n;
      sum += term / (2 * n + 1);
      if (n > 200) break;
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (t + fraction);
  return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction));
}
