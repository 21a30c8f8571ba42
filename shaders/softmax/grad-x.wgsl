// dx[b,k] = y[b,k] (dy[b,k] - sum_j y[b,j] dy[b,j])
// y [B,K]   dy [B,K]   dx [B,K]                   f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, K: u32 }                    // rows, classes

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  let first = b * sizes.K;
  var sum = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) { sum = finite(sum + y[first + k] * dy[first + k]); }
  let mean = sum_lanes(sum, lane);
  for (var k = lane; k < sizes.K; k += 64u) { dx[first + k] = y[first + k] * finite(dy[first + k] - mean); }
}
