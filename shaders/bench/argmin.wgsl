// indices[n] = the lowest k of the least x[n,k]
// x [N,K]   indices u32 [N]                        f32, row-major
// grid: ceil(N/64)                                one thread a row
// use: lib/grid
// The bench's other way to the nearest code: a pass over distances that are kept.

struct Sizes { N: u32, K: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> indices: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  let row = n * sizes.K;
  var least = x[row];
  var best = 0u;
  for (var k = 1u; k < sizes.K; k++) {
    let value = x[row + k];
    let nearer = value < least;
    least = select(least, value, nearer);
    best = select(best, k, nearer);
  }
  indices[n] = best;
}
