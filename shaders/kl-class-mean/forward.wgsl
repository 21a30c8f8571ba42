// kl[b] = 0.5 sum_l (mu - table[labels[b],l])^2 + exp(logVar) - 1 - logVar
// stats [B,2L] = mu, logVar   table [K,L]   labels [B]   kl [B]     f32, labels u32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, L: u32, K: u32 }            // batch rows, latent dimensions, classes

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> kl: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  let label = min(labels[b], sizes.K - 1u);
  var sum = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) {
    let d = stats[2u * b * sizes.L + l] - table[label * sizes.L + l];
    let log_var = stats[(2u * b + 1u) * sizes.L + l];
    let variance = exp(clamp(log_var, -30.0, 20.0));
    sum = finite(sum + (0.5 * d * d + 0.5 * (variance - 1.0 - log_var)));
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { kl[b] = total; }
}
