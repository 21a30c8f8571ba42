// y[b,p,q,o] = activation(sum_{ky,kx,i} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * w[ky,kx,i,o] + bias[o])
// x [B,H,W,I]   w [KH,KW,I,O]   bias [O]   y [B,P,Q,O]            f32, row-major, one group
// grid: ceil(O/32)*ceil(B*P*Q/32)                 one workgroup = 32 pixels x 32 channels, a thread 4 x 4
// use: lib/activation, lib/grid
// GPUs: tiles in workgroup memory. Also the input gradient of conv-transpose2d, whose dy is this x.

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups: 1 here; activation (lib/activation), its leak or alpha
}
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> left: array<f32, 576>;              // [16 steps][32 rows, of 36: other banks for every step]
var<workgroup> right: array<f32, 576>;             // [16 steps][32 columns, of 36]

// Row and column of x under the first tap of a pixel of y, and the element there; outside of x they wrap.
fn corner(pixel: u32) -> vec3u {
  let at = min(pixel, sizes.B * sizes.P * sizes.Q - 1u);
  let row = at / sizes.Q % sizes.P * sizes.SH - sizes.top;
  let column = at % sizes.Q * sizes.SW - sizes.left;
  return vec3u(row, column, ((at / (sizes.Q * sizes.P) * sizes.H + row) * sizes.W + column) * sizes.I);
}

fn fetch_x(corner: vec3u, tap: vec3u) -> f32 {
  let inside = (corner.x + tap.x < sizes.H) & (corner.y + tap.y < sizes.W) & (tap.z != 0xffffffffu);
  return select(0.0, x[select(0u, corner.z + tap.z, inside)], inside);
}

fn fetch_w(k: u32, o: u32) -> f32 {
  let inside = (k < sizes.KH * sizes.KW * sizes.I) & (o < sizes.O);
  return select(0.0, w[select(0u, k * sizes.O + o, inside)], inside);
}

fn store(pixel: u32, o: u32, sum: vec4f) {
  if (pixel >= sizes.B * sizes.P * sizes.Q) { return; }
  for (var j = 0u; j < 4u; j++) {
    if (o + j >= sizes.O) { return; }
    var shift = 0.0;
    if (HAS_BIAS) { shift = bias[o + j]; }
    y[pixel * sizes.O + o + j] = activate(sizes.kind, sum[j] + shift, sizes.slope);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let across = (sizes.O + 31u) / 32u;
  let tile = flat_group(group, groups);
  let pixel0 = tile / across * 32u;
  if (pixel0 >= sizes.B * sizes.P * sizes.Q) { return; }
  let depth = sizes.KH * sizes.KW * sizes.I;
  let d0 = index % 16u;
  let r0 = index / 16u;
  let p0 = corner(pixel0 + 0u + r0);
  let p1 = corner(pixel0 + 4u + r0);
  let p2 = corner(pixel0 + 8u + r0);
  let p3 = corner(pixel0 + 12u + r0);
  let p4 = corner(pixel0 + 16u + r0);
  let p5 = corner(pixel0 + 20u + r0);
  let p6 = corner(pixel0 + 24u + r0);
  let p7 = corner(pixel0 + 28u + r0);
  let column = tile % across * 32u + index % 32u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  for (var k0 = 0u; k0 < depth; k0 += 16u) {
    let k = k0 + d0;
    let down = k / (sizes.I * sizes.KW) * sizes.DH;
    let beside = k / sizes.I % sizes.KW * sizes.DW;
    let tap = vec3u(down, beside, select(0xffffffffu, (down * sizes.W + beside) * sizes.I + k % sizes.I, k < depth));
    workgroupBarrier();
    left[36u * d0 + 0u + r0] = fetch_x(p0, tap);
    left[36u * d0 + 4u + r0] = fetch_x(p1, tap);
    left[36u * d0 + 8u + r0] = fetch_x(p2, tap);
    left[36u * d0 + 12u + r0] = fetch_x(p3, tap);
    left[36u * d0 + 16u + r0] = fetch_x(p4, tap);
    left[36u * d0 + 20u + r0] = fetch_x(p5, tap);
    left[36u * d0 + 24u + r0] = fetch_x(p6, tap);
    left[36u * d0 + 28u + r0] = fetch_x(p7, tap);
    for (var j = index / 32u; j < 16u; j += 2u) { right[36u * j + index % 32u] = fetch_w(k0 + j, column); }
    workgroupBarrier();
    for (var d = 0u; d < 16u; d++) {
      let a = 36u * d + 4u * (index / 8u);
      let at = 36u * d + 4u * (index % 8u);
      let b = vec4f(right[at], right[at + 1u], right[at + 2u], right[at + 3u]);
      c0 = fma(vec4f(left[a]), b, c0);
      c1 = fma(vec4f(left[a + 1u]), b, c1);
      c2 = fma(vec4f(left[a + 2u]), b, c2);
      c3 = fma(vec4f(left[a + 3u]), b, c3);
    }
  }
  let p = pixel0 + 4u * (index / 8u);
  let o = tile % across * 32u + 4u * (index % 8u);
  store(p, o, c0);
  store(p + 1u, o, c1);
  store(p + 2u, o, c2);
  store(p + 3u, o, c3);
}
