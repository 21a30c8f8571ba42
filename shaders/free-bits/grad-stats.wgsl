// dmu = u mu     dlogVar = 0.5 u (exp(logVar) - 1),   u = b < R and mean_l > free ? sum over the first R rows of dloss / R : 0
// stats [B,2L]   mean [L]   dloss [B]   dstats [B,2L] = dmu, dlogVar     f32, row-major; R = min(step.rows, B)
// grid: ceil(B*L/1024)                            one workgroup 1024 neighbours: each adds up dloss
// use: lib/grid, lib/math, lib/reduce, lib/step

struct Sizes { B: u32, L: u32, free: f32 }         // batch rows, latent dimensions, nats that a dimension has for nothing

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> dloss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dstats: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rows = min(step.rows, sizes.B);
  var sum = 0.0;
  for (var b = lane; b < rows; b += 64u) { sum = finite(sum + dloss[b]); }
  let upstream = sum_lanes(sum, lane) / f32(max(rows, 1u));
  for (var k = 0u; k < 16u; k++) {
    let i = flat_group(group, groups) * 1024u + 64u * k + lane;
    if (i >= sizes.B * sizes.L) { return; }
    let b = i / sizes.L;
    let at_mu = i + b * sizes.L;
    let at_log_var = at_mu + sizes.L;
    let pays = (b < rows) & (mean[i % sizes.L] > sizes.free);
    // Beyond the clamp the slope at its edge still pushes logVar back.
    let variance = exp(clamp(stats[at_log_var], -30.0, 20.0));
    dstats[at_mu] = select(0.0, finite(upstream * stats[at_mu]), pays);
    dstats[at_log_var] = select(0.0, finite(0.5 * upstream * (variance - 1.0)), pays);
  }
}
