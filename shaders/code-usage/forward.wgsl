// usage[k] = keep usage[k] + weight counts[k]
// counts [K]   usage [K]                          f32; usage is rewritten in place
// grid: ceil(K/64)                                one thread a code
// use: lib/grid, lib/math

struct Sizes { K: u32, keep: f32, weight: f32 }    // codes

@group(0) @binding(0) var<storage, read> counts: array<f32>;
@group(0) @binding(1) var<storage, read_write> usage: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let k = flat_group(group, groups) * 64u + lane;
  if (k >= sizes.K) { return; }
  usage[k] = finite(sizes.keep * usage[k] + sizes.weight * counts[k]);
}
