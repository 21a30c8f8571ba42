// n[k] = decay n[k] + rest counts[k], where the batch has rows,   totals = sum_k n[k], sum_k counts[k]
// counts [K]   n [K]   totals [2]                 f32; n is rewritten in place
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce

struct Sizes { K: u32, decay: f32, rest: f32 }     // codes; rest = 1 - decay

@group(0) @binding(0) var<storage, read> counts: array<f32>;
@group(0) @binding(1) var<storage, read_write> n: array<f32>;
@group(0) @binding(2) var<storage, read_write> totals: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var rows = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) { rows += counts[k]; }
  let batch = sum_lanes(rows, lane);
  var sum = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) {
    let moved = finite(sizes.decay * n[k] + sizes.rest * counts[k]);
    let now = select(n[k], moved, batch > 0.0);
    n[k] = now;
    sum = finite(sum + now);
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) {
    totals[0] = total;
    totals[1] = batch;
  }
}
