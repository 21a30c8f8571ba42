// dbias[c] = sum_n dy[n,c]
// dy [N,C]   dbias [C]                            f32, row-major, N the pixels of all images
// grid: C                                         one workgroup a channel
// use: lib/grid, lib/reduce

struct Sizes { N: u32, C: u32 }                    // pixels, channels

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = min(flat_group(group, groups), sizes.C - 1u);
  var sum = 0.0;
  for (var n = lane; n < sizes.N; n += 64u) { sum += dy[n * sizes.C + c]; }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { dbias[c] = total; }
}
