// y[b,c] = tanh(u[c]) * sigmoid(u[C+c])     u[j] = sum_{kx,i} x[b, row mod R, column+kx-left, i] * w[kx,i,j] + bias[j] + side[b,column,j] + condition[b,j]
// x [B,R,W,I] the last R rows of a map   w [>=KW,I,2C]   bias [2C]   side [B,W,2C]   condition [B,2C]   y [B,C]     f32, row-major
// grid: ceil(B*C/64)                              one thread an element of y
// use: lib/gate, lib/grid, lib/step
// The horizontal stack at step.pixel (row, column), summed in the order in which conv2d, add and gate do: the same bits.

struct Sizes {
  B: u32, R: u32, W: u32, I: u32, C: u32,          // maps; rows kept, columns, channels of x; channels of y
  KW: u32, left: u32,                              // columns of w in use, zeros left of x
}
override HAS_CONDITION: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> side: array<f32>;
@group(0) @binding(4) var<storage, read> condition: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  let C = sizes.C;
  if (n >= sizes.B * C) { return; }
  let b = n / C;
  let c = n % C;
  let line = (b * sizes.R + step.pixel / sizes.W % sizes.R) * sizes.W;
  var sum = vec2f();
  for (var kx = 0u; kx < sizes.KW; kx++) {
    let column = step.pixel % sizes.W + kx - sizes.left;  // left of the map it wraps far to the right
    if (column >= sizes.W) { continue; }
    let source = (line + column) * sizes.I;
    let weight = kx * sizes.I * 2u * C + c;
    for (var i = 0u; i < sizes.I; i++) {
      let at = weight + i * 2u * C;
      sum = fma(vec2f(x[source + i]), vec2f(w[at], w[at + C]), sum);
    }
  }
  let at = (b * sizes.W + step.pixel % sizes.W) * 2u * C + c;
  sum = (sum + vec2f(bias[c], bias[c + C])) + vec2f(side[at], side[at + C]);
  if (HAS_CONDITION) { sum += vec2f(condition[b * 2u * C + c], condition[b * 2u * C + c + C]); }
  y[n] = gate(sum.x, sum.y);
}
