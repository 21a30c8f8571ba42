// dmu = dz + dkl mu     dlogVar = 0.5 (dz temperature sigma eps + dkl (sigma^2 - 1)),   sigma = exp(logVar/2)
// stats [B,2L]   eps [B,L]   dz [B,L]   dkl [B]   dstats [B,2L] = dmu, dlogVar     f32, row-major
// grid: ceil(B*L/256)                             one thread a latent dimension of a row
// use: lib/grid, lib/math, lib/philox, lib/step

struct Sizes { B: u32, L: u32, temperature: f32 }  // batch rows, latent dimensions, scale of the noise
override HAS_EPS: bool = false;                    // noise given, not drawn
const STREAM: u32 = 3u;                            // reparameterize

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> eps: array<f32>;
@group(0) @binding(2) var<storage, read> dz: array<f32>;
@group(0) @binding(3) var<storage, read> dkl: array<f32>;
@group(0) @binding(4) var<storage, read_write> dstats: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.L) { return; }
  let b = i / sizes.L;
  let at_mu = i + b * sizes.L;
  let at_log_var = at_mu + sizes.L;
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let sigma = exp(0.5 * clamp(stats[at_log_var], -30.0, 20.0));
  var noise = 0.0;
  if (HAS_EPS) {
    noise = eps[i];
  } else {
    noise = normal_at(vec2u(step.seed_low, step.seed_high), STREAM, step.step, i);
  }
  let through_z = finite(dz[i] * finite(finite(sizes.temperature * sigma) * noise));
  dstats[at_mu] = finite(dz[i] + dkl[b] * stats[at_mu]);
  dstats[at_log_var] = finite(0.5 * through_z + 0.5 * finite(dkl[b] * (sigma * sigma - 1.0)));
}
