// ratio[b] = log p(z) - log q(z) = 0.5 sum_l q.logVar - p.logVar + (z - q.mu)^2 / exp(q.logVar) - (z - p.mu)^2 / exp(p.logVar)
// z [B,L]   p, q [B,2L] = mu, logVar   ratio [B]  f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read> q: array<f32>;
@group(0) @binding(3) var<storage, read_write> ratio: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  var sum = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) {
    let at = z[b * sizes.L + l];
    let mu = 2u * b * sizes.L + l;
    let p_far = finite(at - p[mu]);
    let q_far = finite(at - q[mu]);
    let p_log_var = p[mu + sizes.L];
    let q_log_var = q[mu + sizes.L];
    let under_p = finite(finite(0.5 * p_far * p_far) * exp(-clamp(p_log_var, -30.0, 20.0)));
    let under_q = finite(finite(0.5 * q_far * q_far) * exp(-clamp(q_log_var, -30.0, 20.0)));
    sum = finite(sum + finite(finite(under_q - under_p) + finite(0.5 * q_log_var - 0.5 * p_log_var)));
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { ratio[b] = total; }
}
