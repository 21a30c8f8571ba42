// loss[b] = sum_n |x - t|
// x [B,N]   t [B,N]   loss [B]                    f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, N: u32 }                    // batch rows, elements of a row

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  var sum = 0.0;
  for (var n = lane; n < sizes.N; n += 64u) {
    let i = b * sizes.N + n;
    sum = finite(sum + abs(x[i] - t[i]));
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { loss[b] = total; }
}
