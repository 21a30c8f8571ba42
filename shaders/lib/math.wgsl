// Elementary functions that stay finite for every finite x: the built-in tanh overflows and is 7,000 ULP off near 0 on one
// adapter, log(0) is -88 there.

// The largest float in place of infinity; for results, and for what may meet 0 or the other infinity. By its bits, so that no
// compiler reasons it away and NaN stays NaN.
fn finite(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return bitcast<f32>(select(bits, bits - 1u, (bits & 0x7fffffffu) == 0x7f800000u));
}

// `value`, or NaN where `source` is: clamps and comparisons lose it.
fn keep_nan(value: f32, source: f32) -> f32 {
  return select(value, source, (bitcast<u32>(source) & 0x7fffffffu) > 0x7f800000u);
}

// exp that saturates at the largest float instead of infinity.
fn safe_exp(x: f32) -> f32 {
  return exp(clamp(x, -104.0, 88.72283));
}

fn safe_sigmoid(x: f32) -> f32 {
  let e = safe_exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn safe_expm1(x: f32) -> f32 {
  let series = x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.008333334 + x * (0.0013888889 + x * 0.0001984127))))));
  return select(safe_exp(x) - 1.0, series, abs(x) < 0.3);
}

// log(1 + e); -100 where that is the log of 0 or less.
fn safe_log1p(e: f32) -> f32 {
  return select(clamped_log(1.0 + e), log1p_series(e), (e > -0.33) & (e < 0.5));
}

// log(x), precise near 1; -100 at 0 and below (and for subnormal numbers, which adapters may flush).
fn safe_log(x: f32) -> f32 {
  return select(clamped_log(x), log1p_series(x - 1.0), (x > 0.67) & (x < 1.5));
}

fn clamped_log(x: f32) -> f32 {
  let zero = x < 1.17549435e-38;
  return select(log(select(x, 1.0, zero)), -100.0, zero);
}

// log(1 + e) = 2 artanh(e / (2 + e)) for e in [-0.33, 0.5].
fn log1p_series(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let z = s * s;
  return 2.0 * s * (1.0 + z * (0.33333334 + z * (0.2 + z * (0.14285715 + z * 0.11111111))));
}

fn safe_tanh(x: f32) -> f32 {
  let z = x * x;
  let series = x * (1.0 + z * (-0.33333334 + z * (0.13333334 + z * (-0.053968254 + z * 0.021869488))));
  let far = sign(x) * (1.0 - 2.0 / (exp(2.0 * min(abs(x), 10.0)) + 1.0));
  return select(far, series, abs(x) < 0.25);
}
