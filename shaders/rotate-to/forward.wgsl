// y = q                                           what x is rotated and rescaled to
// q [N,D]   y [N,D]                               f32, row-major
// grid: ceil(N*D/256)                             one thread an element
// use: lib/grid

struct Sizes { N: u32, D: u32 }                    // rows, features

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i < sizes.N * sizes.D) { y[i] = q[i]; }
}
