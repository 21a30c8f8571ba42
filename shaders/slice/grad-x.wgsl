// dx[p,c] = dy[p,c-F] within the slice, else 0
// dy [P,L]   dx [P,A]                             f32, row-major; a row = the cut axis and all behind it
// grid: ceil(P*A/256)                             one thread an element of dx
// use: lib/grid

struct Sizes { P: u32, A: u32, F: u32, L: u32 }    // rows, row length of x, first element taken, row length of y

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.P * sizes.A) { return; }
  // Left of the slice this wraps to a large number.
  let c = i % sizes.A - sizes.F;
  var g = 0.0;
  if (c < sizes.L) { g = dy[i / sizes.A * sizes.L + c]; }
  dx[i] = g;
}
