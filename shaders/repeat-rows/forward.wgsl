// y[b,k,d] = x[b,d]
// x [B,D]   y [B,K,D]                             f32, row-major
// grid: ceil(B*K*D/256)                           one thread an element of y
// use: lib/grid

struct Sizes { B: u32, K: u32, D: u32 }            // rows, how often each, numbers in a row

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.K * sizes.D) { return; }
  y[i] = x[i / (sizes.K * sizes.D) * sizes.D + i % sizes.D];
}
