// dp: dmu = dkl d e, dlogVar = 0.5 dkl (r - 1)     dq: dmu = -dkl d e, dlogVar = 0.5 dkl (1 - r - d^2 e)
// p, q, dp, dq [B,2L] = mu, logVar   dkl [B]      f32; d = p.mu - q.mu, e = exp(-q.logVar), r = exp(p.logVar - q.logVar)
// grid: ceil(B*L/256)                             one thread a latent dimension of a row
// use: lib/grid, lib/math

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> p: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> dkl: array<f32>;
@group(0) @binding(3) var<storage, read_write> dp: array<f32>;
@group(0) @binding(4) var<storage, read_write> dq: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.L) { return; }
  let b = i / sizes.L;
  let at_mu = i + b * sizes.L;
  let at_log_var = at_mu + sizes.L;
  let d = p[at_mu] - q[at_mu];
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let p_log_var = clamp(p[at_log_var], -30.0, 20.0);
  let q_log_var = clamp(q[at_log_var], -30.0, 20.0);
  let e = exp(-q_log_var);
  let r = exp(p_log_var - q_log_var);
  let pull = finite(dkl[b] * finite(d * e));
  dp[at_mu] = pull;
  dq[at_mu] = -pull;
  dp[at_log_var] = finite(0.5 * dkl[b] * (r - 1.0));
  dq[at_log_var] = finite(0.5 * dkl[b] * finite(1.0 - r - d * d * e));
}
