// d(objective) / d(log N(z[i,l]; mu[j,l], exp(logVar[j,l]))): of row i's own density, its share of the sum over rows (together), and of
// the sum in that dimension (apart).
// use: lib/math
fn correlation_share(own: bool, dmi: f32, dtc: f32, dkl: f32, together: f32, apart: f32) -> f32 {
  let first = finite(finite(dtc - dmi) * min(exp(clamp(together, -104.0, 80.0)), 1.0));
  let second = finite(finite(dkl - dtc) * min(exp(clamp(apart, -104.0, 80.0)), 1.0));
  return finite(finite(first + second) + select(0.0, dmi, own));
}
