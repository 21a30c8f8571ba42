// dtable[k,l] = sum over rows b of class k of dkl[b] (table[k,l] - mu[b,l])
// stats [B,2L]   table [K,L]   labels [B]   dkl [B]   dtable [K,L]     f32, labels u32, row-major
// grid: ceil(K*L/64)                              one thread an element of the table
// use: lib/grid, lib/math

struct Sizes { B: u32, L: u32, K: u32 }            // batch rows, latent dimensions, classes

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> dkl: array<f32>;
@group(0) @binding(4) var<storage, read_write> dtable: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= sizes.K * sizes.L) { return; }
  let k = i / sizes.L;
  let l = i % sizes.L;
  var sum = 0.0;
  for (var b = 0u; b < sizes.B; b++) {
    if (min(labels[b], sizes.K - 1u) == k) {
      sum = finite(sum + dkl[b] * finite(table[i] - stats[2u * b * sizes.L + l]));
    }
  }
  dtable[i] = sum;
}
