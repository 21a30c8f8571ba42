// dcodes[k,d] = sum of 2 dcodebook[n] (q[n,d] - x[n,d]) over the rows n of code k, in their order
// x [N,D]   q [N,D]   order u32 [N]   starts u32 [K+1]   dcodebook [N]   dcodes [K,D]     f32, row-major
// grid: ceil(K*D/64)                              one thread an element of dcodes
// use: lib/grid, lib/math
// The code is read from q: the codes themselves may have moved since the forward pass.

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read> dcodebook: array<f32>;
@group(0) @binding(5) var<storage, read_write> dcodes: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= sizes.K * sizes.D) { return; }
  let k = i / sizes.D;
  let d = i % sizes.D;
  let first = starts[k];
  let count = starts[k + 1u] - first;
  var sum = 0.0;
  for (var j = 0u; j < sizes.N; j++) {
    if (j >= count) { break; }
    let n = order[first + j];
    sum = finite(sum + finite(finite(2.0 * dcodebook[n]) * finite(q[n * sizes.D + d] - x[n * sizes.D + d])));
  }
  dcodes[i] = sum;
}
