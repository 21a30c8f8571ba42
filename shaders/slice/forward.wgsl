// y[p,c] = x[p,F+c]
// x [P,A]   y [P,L]                               f32, row-major; a row = the cut axis and all behind it
// grid: ceil(P*L/256)                             one thread an element of y
// use: lib/grid

struct Sizes { P: u32, A: u32, F: u32, L: u32 }    // rows, row length of x, first element taken, row length of y

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.P * sizes.L) { return; }
  y[i] = x[i / sizes.L * sizes.A + sizes.F + i % sizes.L];
}
