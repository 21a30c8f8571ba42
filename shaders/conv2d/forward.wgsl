// y[b,p,q,o] = activation(sum_{ky,kx,i} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * w[ky,kx,i,o] + bias[o])
// x [B,H,W,I]   w [KH,KW,I/G,O]   bias [O]   y [B,P,Q,O]          f32, row-major; o reads the I/G channels of its group
// grid: ceil(B*P*Q*O/64)                          one thread an element of y
// use: lib/activation, lib/grid
// Also the input gradient of conv-transpose2d, whose dy is this x.

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups; activation (lib/activation), its leak or alpha
}
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.B * sizes.P * sizes.Q * sizes.O) { return; }
  let o = n % sizes.O;
  let q = n / sizes.O % sizes.Q;
  let p = n / (sizes.O * sizes.Q) % sizes.P;
  let b = n / (sizes.O * sizes.Q * sizes.P);
  let depth = sizes.I / sizes.G;
  let first = o / (sizes.O / sizes.G) * depth;
  var sum = 0.0;
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let row = p * sizes.SH + ky * sizes.DH - sizes.top;  // above the picture it wraps far below
    if (row >= sizes.H) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let column = q * sizes.SW + kx * sizes.DW - sizes.left;
      if (column >= sizes.W) { continue; }
      let source = ((b * sizes.H + row) * sizes.W + column) * sizes.I + first;
      let weight = (ky * sizes.KW + kx) * depth * sizes.O + o;
      for (var i = 0u; i < depth; i++) { sum += x[source + i] * w[weight + i * sizes.O]; }
    }
  }
  if (HAS_BIAS) { sum += bias[o]; }
  y[n] = activate(sizes.kind, sum, sizes.slope);
}
