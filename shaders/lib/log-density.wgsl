// log N(z; mu, exp(logVar)), in nats.
// use: lib/math
fn log_density(z: f32, mu: f32, log_var: f32) -> f32 {
  let d = finite(z - mu);
  let far = finite(finite(0.5 * d * d) * exp(-clamp(log_var, -30.0, 20.0)));
  return finite(-finite(far + finite(0.5 * log_var)) - 0.9189385332046727);
}
