// rstd[c] = 1 / sqrt(variance[c] + eps)
// variance [C]   rstd [C]                         f32
// grid: ceil(C/256)                               one thread a channel
// use: lib/grid, lib/math

struct Sizes { C: u32, eps: f32 }                  // channels

@group(0) @binding(0) var<storage, read> variance: array<f32>;
@group(0) @binding(1) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = flat_group(group, groups) * 256u + lane;
  if (c >= sizes.C) { return; }
  rstd[c] = inverseSqrt(finite(variance[c] + sizes.eps));
}
