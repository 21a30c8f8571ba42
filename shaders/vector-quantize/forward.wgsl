// indices[n] = argmin_k |x[n] - codes[k]|^2, the lowest k among equals;   q[n] = codes[indices[n]],   commit[n] = codebook[n] = |x[n] - q[n]|^2
// x [N,D]   codes [K,D]   q [N,D]   indices [N]   commit [N]   codebook [N]      f32, indices u32, row-major
// grid: ceil(N/64)                                one thread a row
// use: lib/grid, lib/math

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> codes: array<f32>;
@group(0) @binding(2) var<storage, read_write> q: array<f32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> commit: array<f32>;
@group(0) @binding(5) var<storage, read_write> codebook: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

// |x|^2 is the same for all codes: |code|^2 / 2 - x.code orders them alike. Both are taken from the first code on: squares far from 0
// would cancel. What overflows is never the nearest.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  let row = n * sizes.D;
  var best = 3.4028234e38;
  var index = 0u;
  for (var k = 0u; k < sizes.K; k++) {
    var square = 0.0;
    var product = 0.0;
    for (var d = 0u; d < sizes.D; d++) {
      let origin = codes[d];
      let code = codes[k * sizes.D + d] - origin;
      square += code * code;
      product += (x[row + d] - origin) * code;
    }
    let score = 0.5 * square - product;
    let nearer = score < best;
    best = select(best, score, nearer);
    index = select(index, k, nearer);
  }
  var error = 0.0;
  for (var d = 0u; d < sizes.D; d++) {
    let code = codes[index * sizes.D + d];
    let apart = x[row + d] - code;
    error += apart * apart;
    q[row + d] = code;
  }
  indices[n] = index;
  commit[n] = finite(error);
  codebook[n] = finite(error);
}
