// dmu = dkl (mu - table[label])     dlogVar = 0.5 dkl (exp(logVar) - 1)
// stats [B,2L]   table [K,L]   labels [B]   dkl [B]   dstats [B,2L] = dmu, dlogVar     f32, labels u32, row-major
// grid: ceil(B*L/256)                             one thread a latent dimension of a row
// use: lib/grid, lib/math

struct Sizes { B: u32, L: u32, K: u32 }            // batch rows, latent dimensions, classes

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
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
  let mean = table[min(labels[b], sizes.K - 1u) * sizes.L + i % sizes.L];
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let variance = exp(clamp(stats[at_log_var], -30.0, 20.0));
  dstats[at_mu] = finite(dkl[b] * finite(stats[at_mu] - mean));
  dstats[at_log_var] = finite(0.5 * dkl[b] * (variance - 1.0));
}
