// y[n,k] = 1 where indices[n] = k, else 0
// indices u32 [N]   y [N,K]                       f32, row-major
// grid: ceil(N*K/256)                             one thread an element of y
// use: lib/grid

struct Sizes { N: u32, K: u32 }                    // indices, classes

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N * sizes.K) { return; }
  y[i] = select(0.0, 1.0, indices[i / sizes.K] == i % sizes.K);
}
