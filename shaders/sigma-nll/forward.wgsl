// loss[b] = 0.5 (square[b] / exp(logVar) + N (logVar + log(2 pi)))
// square [B]   logVar [1]   loss [B]              f32
// grid: ceil(B/64)                                one thread a row
// use: lib/grid, lib/math

struct Sizes { B: u32, N: f32 }                    // batch rows, elements of a row

@group(0) @binding(0) var<storage, read> square: array<f32>;
@group(0) @binding(1) var<storage, read> logVar: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups) * 64u + lane;
  if (b >= sizes.B) { return; }
  let inverse = exp(-clamp(logVar[0], -30.0, 20.0));
  loss[b] = finite(finite(0.5 * square[b] * inverse) + finite(0.5 * sizes.N * finite(logVar[0] + 1.8378770664093453)));
}
