// loss[b] = log K - log sum_k exp(ratio[b,k] - recon[b,k])
// recon [B,K]   ratio [B,K]   loss [B]            f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/math, lib/reduce

struct Sizes { B: u32, K: u32 }                    // rows, draws of each

@group(0) @binding(0) var<storage, read> recon: array<f32>;
@group(0) @binding(1) var<storage, read> ratio: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  var most = -3.4028234e38;
  for (var k = lane; k < sizes.K; k += 64u) { most = max(most, finite(ratio[b * sizes.K + k] - recon[b * sizes.K + k])); }
  let peak = max_lanes(most, lane);
  workgroupBarrier();
  var sum = 0.0;
  for (var k = lane; k < sizes.K; k += 64u) {
    let weight = finite(ratio[b * sizes.K + k] - recon[b * sizes.K + k]);
    sum += keep_nan(exp(max(weight - peak, -104.0)), weight);
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { loss[b] = finite(-finite(peak + safe_log(total / f32(sizes.K)))); }
}
