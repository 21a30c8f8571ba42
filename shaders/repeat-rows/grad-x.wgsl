// dx[b,d] = sum_k dy[b,k,d]
// dy [B,K,D]   dx [B,D]                           f32, row-major
// grid: ceil(B*D/256)                             one thread an element of dx
// use: lib/grid, lib/math

struct Sizes { B: u32, K: u32, D: u32 }            // rows, how often each, numbers in a row

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.D) { return; }
  let first = i / sizes.D * sizes.K * sizes.D + i % sizes.D;
  var sum = 0.0;
  for (var k = 0u; k < sizes.K; k++) { sum = finite(sum + dy[first + k * sizes.D]); }
  dx[i] = sum;
}
