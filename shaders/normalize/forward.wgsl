// y[n] = x[n] / length[n],   length[n] = |x[n]|;   y = 0 where that is below 1e-12
// x [N,D]   y [N,D]   length [N]                  f32, row-major
// grid: ceil(N/64)                                one thread a row
// use: lib/grid, lib/math
// Squares are taken in units of the row's largest element: none overflows, none vanishes.

struct Sizes { N: u32, D: u32 }                    // rows, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> length: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  let row = n * sizes.D;
  var largest = 1e-30;
  for (var d = 0u; d < sizes.D; d++) { largest = max(largest, abs(x[row + d])); }
  var squares = 0.0;
  for (var d = 0u; d < sizes.D; d++) {
    let part = x[row + d] / largest;
    squares += part * part;
  }
  let root = sqrt(squares);
  let whole = finite(largest * root);
  let long = whole >= 1e-12;
  for (var d = 0u; d < sizes.D; d++) { y[row + d] = select(0.0, x[row + d] / largest / max(root, 0.5), long); }
  length[n] = whole;
}
