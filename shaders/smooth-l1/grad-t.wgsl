// dt = dloss (d / beta where |d| < beta, else sign(d)),   d = t - x
// x [B,N]   t [B,N]   dloss [B]   dt [B,N]        f32, row-major
// grid: ceil(B*N/256)                             one thread an element
// use: lib/grid, lib/math

struct Sizes { B: u32, N: u32, beta: f32 }         // batch rows, elements of a row, where the square ends

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> dloss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dt: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.N) { return; }
  let d = finite(t[i] - x[i]);
  dt[i] = dloss[i / sizes.N] * select(d / sizes.beta, sign(d), abs(d) >= sizes.beta);
}
