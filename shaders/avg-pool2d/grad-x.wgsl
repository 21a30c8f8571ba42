// dx[b,h,v,c] = sum of dy[b,p,q,c] / count over the windows that row h, column v is in
// dy [B,P,Q,C]   dx [B,H,W,C]                     f32, row-major
// grid: ceil(B*H*W*C/256)                         one thread an element of dx
// use: lib/grid, lib/math, lib/window

struct Sizes {
  B: u32, H: u32, W: u32, C: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32,                                  // rows and columns of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // window, stride
  top: u32, left: u32, bottom: u32, right: u32,    // padding
}
override COUNT_PAD: bool = true;                   // whether the padding counts

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  if (n >= sizes.B * sizes.H * sizes.W * sizes.C) { return; }
  let c = n % sizes.C;
  let v = n / sizes.C % sizes.W;
  let h = n / (sizes.C * sizes.W) % sizes.H;
  let b = n / (sizes.C * sizes.W * sizes.H);
  var sum = 0.0;
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let down = h + sizes.top - ky;                       // above the picture it wraps far below
    let p = down / sizes.SH;
    if ((p * sizes.SH != down) | (p >= sizes.P)) { continue; }
    let rows = window_extent(down, sizes.KH, sizes.top, sizes.H, sizes.bottom);
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let right = v + sizes.left - kx;
      let q = right / sizes.SW;
      if ((q * sizes.SW != right) | (q >= sizes.Q)) { continue; }
      let columns = window_extent(right, sizes.KW, sizes.left, sizes.W, sizes.right);
      sum = finite(sum + dy[((b * sizes.P + p) * sizes.Q + q) * sizes.C + c] / f32(rows * columns));
    }
  }
  dx[n] = sum;
}
