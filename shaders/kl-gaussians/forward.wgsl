// kl[b] = 0.5 sum_l q.logVar - p.logVar + exp(p.logVar - q.logVar) + (p.mu - q.mu)^2 exp(-q.logVar) - 1
// p [B,2L] = mu, logVar   q [B,2L]   kl [B]       f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> p: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> kl: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  var sum = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) {
    let at_mu = 2u * b * sizes.L + l;
    let at_log_var = at_mu + sizes.L;
    let d = p[at_mu] - q[at_mu];
    let p_log_var = clamp(p[at_log_var], -30.0, 20.0);
    let q_log_var = clamp(q[at_log_var], -30.0, 20.0);
    let far = 0.5 * d * d * exp(-q_log_var);
    let wide = 0.5 * (exp(p_log_var - q_log_var) - 1.0);
    sum = finite(sum + (0.5 * q[at_log_var] - 0.5 * p[at_log_var] + wide + far));
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { kl[b] = total; }
}
