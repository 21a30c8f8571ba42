// dx[p,a,c] = factor * dy[p,c]
// dy [P,C]   dx [P,A,C]                           f32, row-major
// grid: ceil(P*A*C/256)                           one thread an element of dx
// use: lib/grid, lib/math

struct Sizes { P: u32, A: u32, C: u32, factor: f32 }  // outer, summed and inner elements; 1, or 1/A for a mean

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  let block = sizes.A * sizes.C;
  if (i >= sizes.P * block) { return; }
  dx[i] = finite(sizes.factor * dy[i / block * sizes.C + i % sizes.C]);
}
