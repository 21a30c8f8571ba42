// ratio[b] = log p(z) - log q(z) = 0.5 sum_l (z - mu)^2 / exp(logVar) + logVar - z^2
// stats [B,2L] = mu, logVar   z [B,L]   ratio [B]     f32, row-major; p is N(0, I)
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> ratio: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  var sum = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) {
    let log_var = stats[(2u * b + 1u) * sizes.L + l];
    let at = z[b * sizes.L + l];
    let d = finite(at - stats[2u * b * sizes.L + l]);
    let inverse = exp(-clamp(log_var, -30.0, 20.0));
    sum = finite(sum + finite(finite(finite(0.5 * d * d) * inverse) + finite(0.5 * log_var - finite(0.5 * at * at))));
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { ratio[b] = total; }
}
