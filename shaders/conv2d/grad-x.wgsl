// dx[b,h,v,i] = activation(sum_{ky,kx,o} dy[b,p,q,o] * w[ky,kx,i,o] + bias[i]),   p*SH + ky*DH = h + top, q*SW + kx*DW = v + left
// dy [B,P,Q,O]   w [KH,KW,I/G,O]   bias [I]   dx [B,H,W,I]        f32, row-major; i reads the O/G channels of its group
// grid: ceil(B*H*W*I/64)                          one thread an element of dx
// use: lib/activation, lib/grid
// Also conv-transpose2d, whose x is this dy: only there have bias and activation a part.

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups; activation (lib/activation), its leak or alpha
}
override ADD_BIAS: bool = false;

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.B * sizes.H * sizes.W * sizes.I) { return; }
  let i = n % sizes.I;
  let v = n / sizes.I % sizes.W;
  let h = n / (sizes.I * sizes.W) % sizes.H;
  let b = n / (sizes.I * sizes.W * sizes.H);
  let depth = sizes.I / sizes.G;
  let width = sizes.O / sizes.G;
  let first = i / depth * width;
  var sum = 0.0;
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let down = h + sizes.top - ky * sizes.DH;            // above the picture it wraps far below
    let p = down / sizes.SH;
    if ((p * sizes.SH != down) | (p >= sizes.P)) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let right = v + sizes.left - kx * sizes.DW;
      let q = right / sizes.SW;
      if ((q * sizes.SW != right) | (q >= sizes.Q)) { continue; }
      let source = ((b * sizes.P + p) * sizes.Q + q) * sizes.O + first;
      let weight = ((ky * sizes.KW + kx) * depth + i % depth) * sizes.O + first;
      for (var o = 0u; o < width; o++) { sum += dy[source + o] * w[weight + o]; }
    }
  }
  if (ADD_BIAS) { sum += bias[i]; }
  dx[n] = activate(sizes.kind, sum, sizes.slope);
}
