// y[b,k] = x[b,k] - log sum_j exp(x[b,j])
// x [B,K]   y [B,K]                               f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, K: u32 }                    // rows, classes

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  let first = b * sizes.K;
  var largest = -3.4028234e38;
  for (var k = lane; k < sizes.K; k += 64u) { largest = max(largest, x[first + k]); }
  let peak = max_lanes(largest, lane);
  var sum = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) { sum += safe_exp(x[first + k] - peak); }
  let log_total = safe_log1p(sum_lanes(sum, lane) - 1.0);
  for (var k = lane; k < sizes.K; k += 64u) { y[first + k] = finite(x[first + k] - peak - log_total); }
}
