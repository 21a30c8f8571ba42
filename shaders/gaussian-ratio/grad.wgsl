// dz = d (q.e - p.e)     dp: dmu = d p.e, dlogVar = 0.5 d (p.e (z - p.mu) - 1)     dq the same, sign turned
// z, dz [B,L]   p, q, dp, dq [B,2L] = mu, logVar   dratio [B]     f32; d = dratio, e = (z - mu) / exp(logVar)
// grid: ceil(B*L/256)                             one thread a latent dimension of a row
// use: lib/grid, lib/math

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read> q: array<f32>;
@group(0) @binding(3) var<storage, read> dratio: array<f32>;
@group(0) @binding(4) var<storage, read_write> dz: array<f32>;
@group(0) @binding(5) var<storage, read_write> dp: array<f32>;
@group(0) @binding(6) var<storage, read_write> dq: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.L) { return; }
  let b = i / sizes.L;
  let mu = i + b * sizes.L;
  let log_var = mu + sizes.L;
  let upstream = dratio[b];
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let p_far = finite(z[i] - p[mu]);
  let q_far = finite(z[i] - q[mu]);
  let p_pull = finite(p_far * exp(-clamp(p[log_var], -30.0, 20.0)));
  let q_pull = finite(q_far * exp(-clamp(q[log_var], -30.0, 20.0)));
  dz[i] = finite(upstream * finite(q_pull - p_pull));
  dp[mu] = finite(upstream * p_pull);
  dq[mu] = finite(-upstream * q_pull);
  dp[log_var] = finite(0.5 * upstream * finite(finite(p_pull * p_far) - 1.0));
  dq[log_var] = finite(0.5 * upstream * finite(1.0 - finite(q_pull * q_far)));
}
