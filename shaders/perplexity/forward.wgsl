// y = exp(-sum_k p_k log p_k),   p_k = counts[k] / sum_j counts[j],   p log p = 0 at p = 0
// counts [K]   y [1]                              f32
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce

struct Sizes { K: u32 }                            // codes

@group(0) @binding(0) var<storage, read> counts: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) { sum = finite(sum + counts[k]); }
  let total = sum_lanes(sum, lane);
  var entropy = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) {
    let p = counts[k] / max(total, 1e-37);
    entropy -= p * safe_log(p);
  }
  let bits = sum_lanes(entropy, lane);
  if (lane == 0u) { y[0] = safe_exp(bits); }
}
