// dz[i,l] = ddimKl z - sum over j < R of g (z - mu_j) / exp(logVar_j)     0 in rows from R on,   R = min(step.rows, B)
// g: lib/correlation-share   stats [B,2L]   z [B,L]   joint [B,B]   marginal [B,L]   mixed [B]
// dterms [3,B] = dmi, dtc, ddimKl   dz [B,L]      f32, row-major
// grid: ceil(B*L/64)                              one thread an element of dz
// use: lib/correlation-share, lib/grid, lib/log-density, lib/math, lib/step

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> joint: array<f32>;
@group(0) @binding(3) var<storage, read> marginal: array<f32>;
@group(0) @binding(4) var<storage, read> mixed: array<f32>;
@group(0) @binding(5) var<storage, read> dterms: array<f32>;
@group(0) @binding(6) var<storage, read_write> dz: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups) * 64u + lane;
  if (at >= sizes.B * sizes.L) { return; }
  let i = at / sizes.L;
  let l = at % sizes.L;
  let rows = min(step.rows, sizes.B);
  let dmi = dterms[i];
  let dtc = dterms[sizes.B + i];
  let dkl = dterms[2u * sizes.B + i];
  var sum = finite(dkl * z[at]);
  for (var j = 0u; j < rows; j++) {
    let mu = stats[2u * j * sizes.L + l];
    let log_var = stats[(2u * j + 1u) * sizes.L + l];
    let apart = log_density(z[at], mu, log_var) - marginal[at];
    let g = correlation_share(i == j, dmi, dtc, dkl, joint[i * sizes.B + j] - mixed[i], apart);
    let slope = finite(finite(z[at] - mu) * exp(-clamp(log_var, -30.0, 20.0)));
    sum = finite(sum - finite(g * slope));
  }
  dz[at] = select(0.0, sum, i < rows);
}
