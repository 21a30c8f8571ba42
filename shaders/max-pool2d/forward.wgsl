// y[b,p,q,c] = max over ky,kx of x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, c]   indices: where it stands, row * W + column
// x [B,H,W,C]   y [B,P,Q,C]   indices u32 [B,P,Q,C]     f32, row-major; the first of equals wins
// grid: ceil(B*P*Q*C/256)                         one thread an element of y
// use: lib/grid
// A window that meets no pixel gives the lowest float and the index H * W.

struct Sizes {
  B: u32, H: u32, W: u32, C: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32,                                  // rows and columns of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // window, stride
  top: u32, left: u32, DH: u32, DW: u32,           // padding above and left of x, dilation
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  if (n >= sizes.B * sizes.P * sizes.Q * sizes.C) { return; }
  let c = n % sizes.C;
  let q = n / sizes.C % sizes.Q;
  let p = n / (sizes.C * sizes.Q) % sizes.P;
  let b = n / (sizes.C * sizes.Q * sizes.P);
  let none = sizes.H * sizes.W;
  var best = -3.4028234e38;
  var at = none;
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let row = p * sizes.SH + ky * sizes.DH - sizes.top;  // above the picture it wraps far below
    if (row >= sizes.H) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let column = q * sizes.SW + kx * sizes.DW - sizes.left;
      if (column >= sizes.W) { continue; }
      let value = x[((b * sizes.H + row) * sizes.W + column) * sizes.C + c];
      // NaN is larger than all, as in PyTorch.
      let nan = (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
      let better = (value > best) | nan | (at == none);
      best = select(best, value, better);
      at = select(at, row * sizes.W + column, better);
    }
  }
  y[n] = best;
  indices[n] = at;
}
