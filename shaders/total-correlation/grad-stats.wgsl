// dmu[j,l] = sum over i < R of g e     dlogVar[j,l] = 0.5 sum over i < R of g (e (z_i - mu) - 1),   e = (z_i - mu) / exp(logVar)
// g: lib/correlation-share   stats [B,2L]   z [B,L]   joint [B,B]   marginal [B,L]   mixed [B]
// dterms [3,B] = dmi, dtc, ddimKl   dstats [B,2L] = dmu, dlogVar     f32, row-major; 0 in rows from R = min(step.rows, B) on
// grid: ceil(B*L/64)                              one thread a latent dimension of a row
// use: lib/correlation-share, lib/grid, lib/log-density, lib/math, lib/step

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> joint: array<f32>;
@group(0) @binding(3) var<storage, read> marginal: array<f32>;
@group(0) @binding(4) var<storage, read> mixed: array<f32>;
@group(0) @binding(5) var<storage, read> dterms: array<f32>;
@group(0) @binding(6) var<storage, read_write> dstats: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups) * 64u + lane;
  if (at >= sizes.B * sizes.L) { return; }
  let j = at / sizes.L;
  let l = at % sizes.L;
  let rows = min(step.rows, sizes.B);
  let mu = stats[2u * j * sizes.L + l];
  let log_var = stats[(2u * j + 1u) * sizes.L + l];
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let inverse = exp(-clamp(log_var, -30.0, 20.0));
  var sum_mu = 0.0;
  var sum_log_var = 0.0;
  for (var i = 0u; i < rows; i++) {
    let value = z[i * sizes.L + l];
    let apart = log_density(value, mu, log_var) - marginal[i * sizes.L + l];
    let together = joint[i * sizes.B + j] - mixed[i];
    let g = correlation_share(i == j, dterms[i], dterms[sizes.B + i], dterms[2u * sizes.B + i], together, apart);
    let d = finite(value - mu);
    let e = finite(d * inverse);
    sum_mu = finite(sum_mu + finite(g * e));
    sum_log_var = finite(sum_log_var + finite(0.5 * g * finite(finite(e * d) - 1.0)));
  }
  dstats[at + j * sizes.L] = select(0.0, sum_mu, j < rows);
  dstats[at + j * sizes.L + sizes.L] = select(0.0, sum_log_var, j < rows);
}
