// dsquare[b] = 0.5 dloss[b] / exp(logVar)     dlogVar = 0.5 sum_b dloss[b] (N - square[b] / exp(logVar))
// square [B]   logVar [1]   dloss [B]   dsquare [B]   dlogVar [1]     f32
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce

struct Sizes { B: u32, N: f32 }                    // batch rows, elements of a row

@group(0) @binding(0) var<storage, read> square: array<f32>;
@group(0) @binding(1) var<storage, read> logVar: array<f32>;
@group(0) @binding(2) var<storage, read> dloss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dsquare: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogVar: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let inverse = exp(-clamp(logVar[0], -30.0, 20.0));
  var sum = 0.0;
  for (var b = lane; b < sizes.B; b += 64u) {
    dsquare[b] = finite(0.5 * dloss[b] * inverse);
    sum = finite(sum + 0.5 * finite(dloss[b] * finite(sizes.N - finite(square[b] * inverse))));
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { dlogVar[0] = total; }
}
