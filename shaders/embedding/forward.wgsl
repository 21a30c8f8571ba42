// y[n,d] = w[indices[n],d]; 0 where there is no such row
// w [K,D]   indices u32 [N]   y [N,D]             f32, row-major
// grid: ceil(N*D/256)                             one thread an element of y
// use: lib/grid

struct Sizes { N: u32, K: u32, D: u32 }            // indices, rows of w, features

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N * sizes.D) { return; }
  let k = indices[i / sizes.D];
  let known = k < sizes.K;
  y[i] = select(0.0, w[select(0u, k * sizes.D + i % sizes.D, known)], known);
}
