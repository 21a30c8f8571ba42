// dmu = -dratio e     dlogVar = 0.5 dratio (1 - e (z - mu))     dz = dratio (e - z),   e = (z - mu) / exp(logVar)
// stats [B,2L]   z [B,L]   dratio [B]   dstats [B,2L] = dmu, dlogVar   dz [B,L]     f32, row-major
// grid: ceil(B*L/256)                             one thread a latent dimension of a row
// use: lib/grid, lib/math

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> dratio: array<f32>;
@group(0) @binding(3) var<storage, read_write> dstats: array<f32>;
@group(0) @binding(4) var<storage, read_write> dz: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.L) { return; }
  let b = i / sizes.L;
  let at_mu = i + b * sizes.L;
  let d = finite(z[i] - stats[at_mu]);
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let e = finite(d * exp(-clamp(stats[at_mu + sizes.L], -30.0, 20.0)));
  let upstream = dratio[b];
  dstats[at_mu] = finite(-upstream * e);
  dstats[at_mu + sizes.L] = finite(0.5 * upstream * finite(1.0 - finite(e * d)));
  dz[i] = finite(upstream * finite(e - z[i]));
}
