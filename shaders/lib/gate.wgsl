// The gate of a PixelCNN's unit: tanh of one half of its features, times the sigmoid of the other.
// use: lib/math
fn gate(a: f32, b: f32) -> f32 {
  return safe_tanh(a) * safe_sigmoid(b);
}

// Its derivatives by a and by b.
fn gate_grad(a: f32, b: f32) -> vec2f {
  let t = safe_tanh(a);
  let s = safe_sigmoid(b);
  return vec2f((1.0 - t) * (1.0 + t) * s, t * s * (1.0 - s));
}
