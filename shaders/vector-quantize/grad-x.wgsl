// dx[n,d] = dq[n,d] + 2 dcommit[n] (x[n,d] - q[n,d])         straight through the choice of the code
// x [N,D]   q [N,D]   dq [N,D]   dcommit [N]   dx [N,D]   f32, row-major
// grid: ceil(N*D/256)                             one thread an element
// use: lib/grid, lib/math

struct Sizes { N: u32, D: u32 }                    // rows, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> dq: array<f32>;
@group(0) @binding(3) var<storage, read> dcommit: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N * sizes.D) { return; }
  let pull = finite(finite(2.0 * dcommit[i / sizes.D]) * finite(x[i] - q[i]));
  dx[i] = finite(dq[i] + pull);
}
