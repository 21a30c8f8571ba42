// loss[b] = b < R ? |m - step.capacity| : 0,   m = sum over the first R rows of kl / R,   R = min(step.rows, B)
// kl [B]   mean [1] = m   loss [B]                f32
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce, lib/step

struct Sizes { B: u32 }                            // batch rows

@group(0) @binding(0) var<storage, read> kl: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let rows = min(step.rows, sizes.B);
  var sum = 0.0;
  for (var b = lane; b < rows; b += 64u) { sum = finite(sum + kl[b]); }
  let m = sum_lanes(sum, lane) / f32(max(rows, 1u));
  if (lane == 0u) { mean[0] = m; }
  let far = finite(abs(m - step.capacity));
  for (var b = lane; b < sizes.B; b += 64u) { loss[b] = select(0.0, far, b < rows); }
}
