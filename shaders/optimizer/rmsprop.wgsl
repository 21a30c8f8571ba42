// g = dw + weightDecay w   v = alpha v + (1-alpha) g^2   mean = alpha mean + (1-alpha) g   m = momentum m + change   w -= lr m
// w [N]   dw [N]   v [N]   m [N]   mean [N]       f32, whole arenas; all but dw are rewritten in place
// grid: ceil(N/256)                               one thread an element
// use: lib/step, lib/grid, lib/square
// u = v, or v - mean^2 where centered. FORM 0 (PyTorch): change = g / (sqrt(u) + eps). FORM 1 (Keras, TensorFlow):
// change = g / sqrt(u + eps), and lr goes into m: m = momentum m + lr change, w -= m.

struct Sizes {
  N: u32,                                          // elements
  alpha: f32,
  rest: f32,                                       // 1 - alpha, rounded once, from float64
  momentum: f32,
  eps: f32,
  weightDecay: f32,
}
override FORM: u32 = 0u;
override MOMENTUM: bool = false;                   // without it m is never touched
override CENTERED: bool = false;                   // without it mean is never touched

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  let before = w[i];
  let g = dw[i] + sizes.weightDecay * before;
  let second = sizes.alpha * v[i] + sizes.rest * safe_square(g);
  v[i] = second;
  var under = second;
  if (CENTERED) {
    let first = sizes.alpha * mean[i] + sizes.rest * g;
    mean[i] = first;
    // Rounding may take a variance of 0 below it, where there is no square root.
    let variance = second - safe_square(first);
    under = select(variance, 0.0, variance < 0.0);
  }
  var change = g / select(sqrt(under) + sizes.eps, sqrt(under + sizes.eps), FORM == 1u);
  change *= select(1.0, step.lr, FORM == 1u);
  if (MOMENTUM) {
    change += sizes.momentum * m[i];
    m[i] = change;
  }
  w[i] = before - select(step.lr, 1.0, FORM == 1u) * change;
}
