// dw[k,d] = sum of dy[n,d] over the n with indices[n] = k
// indices u32 [N]   dy [N,D]   dw [K,D]           f32, row-major
// grid: ceil(K*D/64)                              one thread an element of dw
// use: lib/grid, lib/math
// In the order of n, whatever repeats: the same bits each time.

struct Sizes { N: u32, K: u32, D: u32 }            // indices, rows of w, features

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= sizes.K * sizes.D) { return; }
  let k = i / sizes.D;
  let d = i % sizes.D;
  var sum = 0.0;
  for (var n = 0u; n < sizes.N; n++) {
    if (indices[n] == k) { sum = finite(sum + dy[n * sizes.D + d]); }
  }
  dw[i] = sum;
}
