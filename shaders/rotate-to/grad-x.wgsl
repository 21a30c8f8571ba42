// dx = |q|/|x| R' dy,   R' dy = dy - (u . dy) / (1 + a . b) u + 2 (b . dy) a,   a = x/|x|, b = q/|q|, u = a + b;   dy where x = 0
// x [N,D]   q [N,D]   dy [N,D]   dx [N,D]         f32, row-major
// grid: ceil(N/64)                                one thread a row
// use: lib/grid, lib/math
// R turns a to b in the plane of both. Where they are opposite there is no such plane, and R is the reflection that does it.

struct Sizes { N: u32, D: u32 }                    // rows, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  let row = n * sizes.D;
  // Lengths in units of the largest element: no square overflows or vanishes.
  var most_x = 1e-30;
  var most_q = 1e-30;
  for (var d = 0u; d < sizes.D; d++) {
    most_x = max(most_x, abs(x[row + d]));
    most_q = max(most_q, abs(q[row + d]));
  }
  var squares_x = 0.0;
  var squares_q = 0.0;
  for (var d = 0u; d < sizes.D; d++) {
    let a = x[row + d] / most_x;
    let b = q[row + d] / most_q;
    squares_x += a * a;
    squares_q += b * b;
  }
  let root_x = max(sqrt(squares_x), 0.5);
  let root_q = max(sqrt(squares_q), 0.5);
  var cosine = 0.0;
  var a_dy = 0.0;
  var b_dy = 0.0;
  for (var d = 0u; d < sizes.D; d++) {
    let a = x[row + d] / most_x / root_x;
    let b = q[row + d] / most_q / root_q;
    cosine += a * b;
    a_dy = finite(a_dy + a * dy[row + d]);
    b_dy = finite(b_dy + b * dy[row + d]);
  }
  let none = most_x == 1e-30;
  let stretch = select(finite(finite(most_q / most_x) * (root_q / root_x)), 0.0, most_q == 1e-30);
  let bend = select(0.0, finite(finite(a_dy + b_dy) / max(1.0 + cosine, 1e-6)), 1.0 + cosine > 1e-6);
  let along = finite(2.0 * b_dy);
  for (var d = 0u; d < sizes.D; d++) {
    let a = x[row + d] / most_x / root_x;
    let b = q[row + d] / most_q / root_q;
    let turned = finite(finite(dy[row + d] - bend * (a + b)) + along * a);
    dx[row + d] = select(finite(stretch * turned), dy[row + d], none);
  }
}
