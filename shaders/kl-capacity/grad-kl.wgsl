// dkl[b] = b < R ? sign(mean - step.capacity) sum over the first R rows of dloss / R : 0,   R = min(step.rows, B)
// mean [1]   dloss [B]   dkl [B]                  f32
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce, lib/step

struct Sizes { B: u32 }                            // batch rows

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read> dloss: array<f32>;
@group(0) @binding(2) var<storage, read_write> dkl: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let rows = min(step.rows, sizes.B);
  var sum = 0.0;
  for (var b = lane; b < rows; b += 64u) { sum = finite(sum + dloss[b]); }
  let upstream = sum_lanes(sum, lane) / f32(max(rows, 1u));
  let d = sign(mean[0] - step.capacity) * upstream;
  for (var b = lane; b < sizes.B; b += 64u) { dkl[b] = select(0.0, d, b < rows); }
}
