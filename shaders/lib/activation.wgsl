// Activations and their derivatives by kind; the numbers are those of src/ops/activation.ts.
// use: lib/math
fn activate(kind: u32, x: f32, slope: f32) -> f32 {
  switch kind {
    case 1u: { return max(x, 0.0); }
    case 2u: { return select(slope * x, x, x > 0.0); }
    case 3u: { return select(slope * safe_expm1(min(x, 0.0)), x, x > 0.0); }
    case 4u: { return safe_sigmoid(x); }
    case 5u: { return safe_tanh(x); }
    case 6u: { return x * safe_sigmoid(x); }
    case 7u: { return select(safe_log1p(safe_exp(min(x, 20.0))), x, x > 20.0); }
    case 8u: { return x * normal_cdf(x); }
    case 9u: { return x * gelu_tanh_gate(x); }
    case 10u: { return safe_exp(x); }
    default: { return x; }
  }
}

// dy/dx. Kinds 6, 8 and 9 need x; the rest are functions of y, so that a fused activation may pass y for both.
fn activate_grad(kind: u32, x: f32, y: f32, slope: f32) -> f32 {
  switch kind {
    case 1u: { return select(0.0, 1.0, y > 0.0); }
    case 2u: { return select(slope, 1.0, y > 0.0); }
    case 3u: { return select(y + slope, 1.0, y > 0.0); }
    case 4u: { return y * (1.0 - y); }
    case 5u: { return (1.0 - y) * (1.0 + y); }
    case 6u: {
      let s = safe_sigmoid(x);
      return s + clamp(x, -104.0, 104.0) * s * (1.0 - s);
    }
    case 7u: { return -safe_expm1(-y); }
    case 8u: {
      let c = clamp(x, -14.0, 14.0);
      return normal_cdf(x) + c * 0.3989422804014327 * exp(-0.5 * c * c);
    }
    case 9u: {
      let s = gelu_tanh_gate(x);
      let c = clamp(x, -10.0, 10.0);
      return s + c * s * (1.0 - s) * (1.5957691216057308 + 0.21406571768370716 * c * c);
    }
    case 10u: { return y; }
    default: { return 1.0; }
  }
}

// sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)), the gate of gelu's tanh form; 0 and 1 far out, where the cube would overflow.
fn gelu_tanh_gate(x: f32) -> f32 {
  let c = clamp(x, -10.0, 10.0);
  return select(safe_sigmoid(1.5957691216057308 * (c + 0.044715 * c * c * c)), 0.0, x < -10.0);
}

// Standard normal distribution function, by erf below 1 and erfc above (polynomials of Moshier's Cephes, single precision).
fn normal_cdf(x: f32) -> f32 {
  let t = min(abs(x), 20.0) * 0.7071067811865476;
  let z = t * t;
  let near = t * (1.1283791657 + z * (-0.37612625824 + z * (0.11283585149 + z * (-0.026853811935 + z * (0.0051883276857 + z * (-0.00080101936252 + z * 0.000078538613532))))));
  let q = 1.0 / max(t, 0.5);
  let r = q * q;
  let middle = 0.56382594274 + r * (-0.27411270282 + r * (0.34048799377 + r * (-0.49445153233 + r * (0.62100046217 + r * (-0.58247330273 + r * (0.36874246746 + r * (-0.13870393887 + r * 0.0232681997)))))));
  let high = 0.56418950678 + r * (-0.28207674397 + r * (0.42184633582 + r * (-1.0152652792 + r * (2.9210190192 + r * (-7.4955187178 + r * (12.977199554 + r * -10.477663999))))));
  let upper = 0.5 * exp(-z) * q * select(middle, high, t >= 2.0);
  let tail = select(upper, 0.5 - 0.5 * near, t < 1.0);
  return select(tail, 1.0 - tail, x >= 0.0);
}
