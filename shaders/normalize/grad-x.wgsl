// dx[n] = (dy[n] - (y[n] . dy[n]) y[n]) / length[n];   0 where that is below 1e-12
// y [N,D]   length [N]   dy [N,D]   dx [N,D]      f32, row-major
// grid: ceil(N/64)                                one thread a row
// use: lib/grid, lib/math

struct Sizes { N: u32, D: u32 }                    // rows, features

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> length: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  let row = n * sizes.D;
  var along = 0.0;
  for (var d = 0u; d < sizes.D; d++) { along = finite(along + y[row + d] * dy[row + d]); }
  let whole = length[n];
  let long = whole >= 1e-12;
  for (var d = 0u; d < sizes.D; d++) {
    dx[row + d] = select(0.0, finite(finite(dy[row + d] - along * y[row + d]) / max(whole, 1e-12)), long);
  }
}
