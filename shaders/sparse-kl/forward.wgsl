// loss[b] = b < R ? sum_j rho log(rho / p_j) + (1 - rho) log((1 - rho) / (1 - p_j)) : 0,   R = min(step.rows, B)
// mean [J]   loss [B]                             f32; p is mean within [1e-6, 1 - 1e-6]
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce, lib/step

struct Sizes { B: u32, J: u32, rho: f32 }          // batch rows, units, the mean that is asked for

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let on = sizes.rho;
  let off = 1.0 - sizes.rho;
  var sum = 0.0;
  for (var j = lane; j < sizes.J; j += 64u) {
    let p = keep_nan(clamp(mean[j], 1e-6, 0.999999), mean[j]);
    sum += on * safe_log(on / p) + off * safe_log(off / (1.0 - p));
  }
  let total = sum_lanes(sum, lane);
  for (var b = lane; b < sizes.B; b += 64u) { loss[b] = select(0.0, total, b < step.rows); }
}
