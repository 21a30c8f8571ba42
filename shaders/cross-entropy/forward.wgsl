// lse[o,i] = log sum_k exp(x[o,k,i])     loss[o,i] = lse[o,i] - x[o,t[o,i],i]
// x [O,K,I] logits   t [O,I] class numbers   lse, loss [O,I]     f32, t u32, row-major
// grid: O*I                                       one workgroup a row of K
// use: lib/grid, lib/math, lib/reduce

struct Sizes { O: u32, K: u32, I: u32 }            // rows outside the class axis, classes, rows inside it

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<u32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = flat_group(group, groups);
  if (row >= sizes.O * sizes.I) { return; }
  let first = row / sizes.I * sizes.K * sizes.I + row % sizes.I;
  var largest = -3.4028234e38;
  for (var k = lane; k < sizes.K; k += 64u) { largest = max(largest, x[first + k * sizes.I]); }
  let peak = max_lanes(largest, lane);
  var sum = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) {
    let logit = x[first + k * sizes.I];
    sum += keep_nan(safe_exp(logit - peak), logit);
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) {
    let value = keep_nan(peak + safe_log1p(total - 1.0), total);
    lse[row] = value;
    loss[row] = finite(value - x[first + min(t[row], sizes.K - 1u) * sizes.I]);
  }
}
