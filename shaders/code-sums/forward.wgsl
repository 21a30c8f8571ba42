// sums[k,d] = sum of x[n,d] over the rows n of code k, in their order,   counts[k] = how many there are
// x [N,D]   order u32 [N]   starts u32 [K+1]   counts [K]   sums [K,D]    f32, row-major
// grid: ceil(K*D/64)                              one thread an element of sums
// use: lib/grid, lib/math

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= sizes.K * sizes.D) { return; }
  let k = i / sizes.D;
  let d = i % sizes.D;
  let first = starts[k];
  let count = starts[k + 1u] - first;
  var sum = 0.0;
  for (var j = 0u; j < sizes.N; j++) {
    if (j >= count) { break; }
    sum = finite(sum + x[order[first + j] * sizes.D + d]);
  }
  sums[i] = sum;
  if (d == 0u) { counts[k] = f32(count); }
}
