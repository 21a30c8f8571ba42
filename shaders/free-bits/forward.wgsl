// loss[b] = b < R ? sum_l max(free, mean_l) : 0,   R = min(step.rows, B)
// mean [L]   loss [B]                             f32
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce, lib/step

struct Sizes { B: u32, L: u32, free: f32 }         // batch rows, latent dimensions, nats that a dimension has for nothing

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) { sum = finite(sum + keep_nan(max(sizes.free, mean[l]), mean[l])); }
  let total = sum_lanes(sum, lane);
  for (var b = lane; b < sizes.B; b += 64u) { loss[b] = select(0.0, total, b < step.rows); }
}
