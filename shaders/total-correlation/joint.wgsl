// joint[i,j] = log q(z_i | x_j) = sum_l log N(z[i,l]; mu[j,l], exp(logVar[j,l]))
// stats [B,2L] = mu, logVar   z [B,L]   joint [B,B]     f32, row-major
// grid: ceil(B*B/64)                              one thread a pair of rows
// use: lib/grid, lib/log-density, lib/math

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> joint: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups) * 64u + lane;
  if (at >= sizes.B * sizes.B) { return; }
  let i = at / sizes.B;
  let j = at % sizes.B;
  var sum = 0.0;
  for (var l = 0u; l < sizes.L; l++) {
    let mu = stats[2u * j * sizes.L + l];
    sum = finite(sum + log_density(z[i * sizes.L + l], mu, stats[(2u * j + 1u) * sizes.L + l]));
  }
  joint[at] = sum;
}
