// y[b,p,q,c] = sum_{ky,kx} x[b, p*SH + ky - top, q*SW + kx - left, c] / count
// x [B,H,W,C]   y [B,P,Q,C]                       f32, row-major
// grid: ceil(B*P*Q*C/256)                         one thread an element of y
// use: lib/grid, lib/math, lib/window

struct Sizes {
  B: u32, H: u32, W: u32, C: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32,                                  // rows and columns of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // window, stride
  top: u32, left: u32, bottom: u32, right: u32,    // padding
}
override COUNT_PAD: bool = true;                   // whether the padding counts

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  if (n >= sizes.B * sizes.P * sizes.Q * sizes.C) { return; }
  let c = n % sizes.C;
  let q = n / sizes.C % sizes.Q;
  let p = n / (sizes.C * sizes.Q) % sizes.P;
  let b = n / (sizes.C * sizes.Q * sizes.P);
  var sum = 0.0;
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let row = p * sizes.SH + ky - sizes.top;             // above the picture it wraps far below
    if (row >= sizes.H) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let column = q * sizes.SW + kx - sizes.left;
      if (column >= sizes.W) { continue; }
      sum = finite(sum + x[((b * sizes.H + row) * sizes.W + column) * sizes.C + c]);
    }
  }
  let count = window_extent(p * sizes.SH, sizes.KH, sizes.top, sizes.H, sizes.bottom) *
    window_extent(q * sizes.SW, sizes.KW, sizes.left, sizes.W, sizes.right);
  y[n] = sum / f32(count);
}
