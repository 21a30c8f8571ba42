// marginal[i,l] = log sum over the first R rows j of N(z[i,l]; mu[j,l], exp(logVar[j,l])),   R = min(step.rows, B)
// stats [B,2L] = mu, logVar   z [B,L]   marginal [B,L]     f32, row-major
// grid: ceil(B*L/64)                              one thread a latent dimension of a row
// use: lib/grid, lib/log-density, lib/math, lib/step

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> marginal: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups) * 64u + lane;
  if (at >= sizes.B * sizes.L) { return; }
  let l = at % sizes.L;
  let rows = max(min(step.rows, sizes.B), 1u);
  var peak = -3.4028234e38;
  for (var j = 0u; j < rows; j++) {
    peak = max(peak, log_density(z[at], stats[2u * j * sizes.L + l], stats[(2u * j + 1u) * sizes.L + l]));
  }
  var sum = 0.0;
  for (var j = 0u; j < rows; j++) {
    let value = log_density(z[at], stats[2u * j * sizes.L + l], stats[(2u * j + 1u) * sizes.L + l]);
    sum += keep_nan(exp(max(value - peak, -104.0)), value);
  }
  marginal[at] = finite(peak + safe_log(sum));
}
