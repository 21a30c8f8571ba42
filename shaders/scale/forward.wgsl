// y = factor * x
// x [N]   y [N]                                   f32, any shape
// grid: ceil(N/256)                               one thread an element
// use: lib/grid, lib/math

struct Sizes { N: u32, factor: f32 }               // elements

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  y[i] = finite(sizes.factor * x[i]);
}
