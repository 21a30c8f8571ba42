// drecon = w dloss     dratio = -w dloss,   w = exp(ratio - recon - log K + loss)
// recon [B,K]   ratio [B,K]   loss [B]   dloss [B]   drecon, dratio [B,K]     f32, row-major
// grid: ceil(B*K/256)                             one thread a draw
// use: lib/grid, lib/math

struct Sizes { B: u32, K: u32 }                    // rows, draws of each

@group(0) @binding(0) var<storage, read> recon: array<f32>;
@group(0) @binding(1) var<storage, read> ratio: array<f32>;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read_write> drecon: array<f32>;
@group(0) @binding(5) var<storage, read_write> dratio: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.K) { return; }
  let b = i / sizes.K;
  // At most 1, but for rounding.
  let share = exp(clamp(finite(finite(ratio[i] - recon[i]) + loss[b]), -104.0, 88.0)) / f32(sizes.K);
  let d = finite(min(share, 1.0) * dloss[b]);
  drecon[i] = d;
  dratio[i] = -d;
}
