// z[b,l] = mu + temperature * exp(logVar/2) * eps     kl[b] = 0.5 sum_l (mu^2 + exp(logVar) - 1 - logVar)
// stats [B,2L] = mu, logVar   eps [B,L]   z [B,L]   kl [B]     f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/philox, lib/reduce, lib/step

struct Sizes { B: u32, L: u32, temperature: f32 }  // batch rows, latent dimensions, scale of the noise
override HAS_EPS: bool = false;                    // noise given, not drawn
const STREAM: u32 = 3u;                            // reparameterize

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> eps: array<f32>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
@group(0) @binding(3) var<storage, read_write> kl: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  var sum = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) {
    let i = b * sizes.L + l;
    let mu = stats[2u * b * sizes.L + l];
    let log_var = stats[(2u * b + 1u) * sizes.L + l];
    let sigma = keep_nan(exp(0.5 * clamp(log_var, -30.0, 20.0)), log_var);
    var noise = 0.0;
    if (HAS_EPS) {
      noise = eps[i];
    } else {
      noise = normal_at(vec2u(step.seed_low, step.seed_high), STREAM, step.step, i);
    }
    z[i] = finite(mu + finite(sizes.temperature * sigma) * noise);
    sum = finite(sum + (0.5 * mu * mu + 0.5 * (sigma * sigma - 1.0 - log_var)));
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { kl[b] = total; }
}
