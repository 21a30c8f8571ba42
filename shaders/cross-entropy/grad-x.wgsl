// dx[o,k,i] = dloss[o,i] (exp(x[o,k,i] - lse[o,i]) - (1 where k = t[o,i]))
// x [O,K,I]   t [O,I]   lse [O,I]   dloss [O,I]   dx [O,K,I]     f32, t u32, row-major
// grid: ceil(O*K*I/256)                           one thread an element
// use: lib/grid, lib/math

struct Sizes { O: u32, K: u32, I: u32 }            // rows outside the class axis, classes, rows inside it

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<u32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let e = flat_group(group, groups) * 256u + lane;
  if (e >= sizes.O * sizes.K * sizes.I) { return; }
  let k = e / sizes.I % sizes.K;
  let row = e / (sizes.K * sizes.I) * sizes.I + e % sizes.I;
  let chosen = select(0.0, 1.0, k == min(t[row], sizes.K - 1u));
  dx[e] = finite(dloss[row] * (safe_exp(x[e] - lse[row]) - chosen));
}
