// pull = sum_n dentropy[n]                        what the batch's entropy weighs in all
// dentropy [N]   pull [1]                         f32
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce

struct Sizes { N: u32 }                            // rows

@group(0) @binding(0) var<storage, read> dentropy: array<f32>;
@group(0) @binding(1) var<storage, read_write> pull: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var n = lane; n < sizes.N; n += 64u) { sum = finite(sum + dentropy[n]); }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { pull[0] = total; }
}
