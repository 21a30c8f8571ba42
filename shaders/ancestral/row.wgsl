// y[b,q,o] = sum_{ky,kx,i} x[b, s mod R, q+kx-left, i] * w[ky,kx,i,o] + bias[o]     s = row+ky-top, row that of step.pixel
// x [B,R,W,I] the last R rows of a map   w [>=KH,KW,I,O]   bias [O]   y [B,W,O]      f32, row-major
// grid: ceil(B*W*O/64)                            one thread an element of y
// use: lib/grid, lib/step
// A row of a convolution, summed in the order in which conv2d and linear sum: the same bits.

struct Sizes {
  B: u32, R: u32, W: u32, I: u32, O: u32,          // maps; rows kept, columns, channels of x; channels of y
  KH: u32, KW: u32, top: u32, left: u32,           // rows of w in use, its columns; zeros above and left of x
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.B * sizes.W * sizes.O) { return; }
  let o = n % sizes.O;
  let q = n / sizes.O % sizes.W;
  let b = n / (sizes.O * sizes.W);
  let row = step.pixel / sizes.W;
  var sum = 0.0;
  for (var ky = 0u; ky < sizes.KH; ky++) {
    if (row + ky < sizes.top) { continue; }
    let line = (b * sizes.R + (row + ky - sizes.top) % sizes.R) * sizes.W;
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let column = q + kx - sizes.left;            // left of the map it wraps far to the right
      if (column >= sizes.W) { continue; }
      let source = (line + column) * sizes.I;
      let weight = (ky * sizes.KW + kx) * sizes.I * sizes.O + o;
      for (var i = 0u; i < sizes.I; i++) { sum = fma(x[source + i], w[weight + i * sizes.O], sum); }
    }
  }
  y[n] = sum + bias[o];
}
