// y[p,c] = factor * sum_a x[p,a,c]
// x [P,A,C]   y [P,C]                             f32, row-major
// grid: ceil(P*C/256)                             one thread an element of y
// use: lib/grid, lib/math

struct Sizes { P: u32, A: u32, C: u32, factor: f32 }  // outer, summed and inner elements; 1, or 1/A for a mean

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.P * sizes.C) { return; }
  let first = i / sizes.C * sizes.A * sizes.C + i % sizes.C;
  var sum = 0.0;
  for (var a = 0u; a < sizes.A; a++) { sum += x[first + a * sizes.C]; }
  y[i] = finite(finite(sum) * sizes.factor);
}
