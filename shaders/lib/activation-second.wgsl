// Second derivatives of activations by kind, of x and y = activate(kind, x); 0 for those of straight pieces.
// use: lib/activation
fn activate_second(kind: u32, x: f32, y: f32, slope: f32) -> f32 {
  switch kind {
    case 3u: { return select(y + slope, 0.0, y > 0.0); }
    case 4u: { return y * (1.0 - y) * (1.0 - 2.0 * y); }
    case 5u: { return -2.0 * y * (1.0 - y) * (1.0 + y); }
    case 6u: {
      let s = safe_sigmoid(x);
      return s * (1.0 - s) * (2.0 + clamp(x, -104.0, 104.0) * (1.0 - 2.0 * s));
    }
    case 7u: {
      let s = safe_sigmoid(x);
      return s * (1.0 - s);
    }
    case 8u: {
      let c = clamp(x, -14.0, 14.0);
      return (2.0 - c * c) * 0.3989422804014327 * exp(-0.5 * c * c);
    }
    case 9u: {
      let s = gelu_tanh_gate(x);
      let c = clamp(x, -10.0, 10.0);
      let first = 1.5957691216057308 + 0.21406571768370716 * c * c;
      return s * (1.0 - s) * (2.0 * first + c * (1.0 - 2.0 * s) * first * first + 0.4281314353674143 * c * c);
    }
    case 10u: { return y; }
    default: { return 0.0; }
  }
}
