// x * x that stops short of infinity and lets a NaN through.
fn safe_square(x: f32) -> f32 {
  return select(x * x, 3.4e38, abs(x) > 1.84e19);
}
