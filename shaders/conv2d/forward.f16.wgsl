// y[b,p,q,o] = activation(sum_{ky,kx,i} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * w[ky,kx,i,o] + bias[o])
// x [B,H,W,I]   w [KH,KW,I,O]   bias [O]   y [B,P,Q,O]            f32, row-major, I and O multiples of 4, one group
// grid: ceil(O/64)*ceil(B*P*Q/128)                one workgroup = 128 pixels x 64 channels, a thread 8 x 8
// use: lib/activation, lib/grid
// f16 tiles, sums in f32: what is beyond the largest f16 counts as the largest; bindings stay f32.
enable f16;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups: 1 here; activation (lib/activation), its leak or alpha
}
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> left: array<vec4<f16>, 640>;            // [128 pixels][16 steps, in fours; the fifth keeps rows off each other's banks]
var<workgroup> right: array<vec4<f16>, 256>;           // [16 steps][64 channels, in fours]

fn half(v: vec4f) -> vec4<f16> { return vec4<f16>(clamp(v, vec4f(-65504.0), vec4f(65504.0))); }

fn finish(sum: vec4f, n: u32) -> vec4f {
  var v = sum;
  if (HAS_BIAS) { v += bias[n]; }
  if (sizes.kind == 0u) { return v; }
  if (sizes.kind == 1u) { return max(v, vec4f()); }
  let s = sizes.slope;
  return vec4f(activate(sizes.kind, v.x, s), activate(sizes.kind, v.y, s), activate(sizes.kind, v.z, s), activate(sizes.kind, v.w, s));
}

// Row and column of x under the first tap of a pixel of y, and the element there; outside of x they wrap.
fn corner(pixel: u32) -> vec3u {
  let at = min(pixel, sizes.B * sizes.P * sizes.Q - 1u);
  let row = at / sizes.Q % sizes.P * sizes.SH - sizes.top;
  let column = at % sizes.Q * sizes.SW - sizes.left;
  return vec3u(row, column, ((at / (sizes.Q * sizes.P) * sizes.H + row) * sizes.W + column) * sizes.I);
}

fn fetch_x(corner: vec3u, tap: vec3u) -> vec4f {
  let inside = (corner.x + tap.x < sizes.H) & (corner.y + tap.y < sizes.W) & (tap.z != 0xffffffffu);
  return select(vec4f(), x[select(0u, (corner.z + tap.z) / 4u, inside)], inside);
}

fn fetch_w(k: u32, n: u32) -> vec4f {
  let inside = (k < sizes.KH * sizes.KW * sizes.I) & (n < sizes.O / 4u);
  return select(vec4f(), w[select(0u, k * (sizes.O / 4u) + n, inside)], inside);
}

fn store(pixel: u32, n: u32, c: vec4f, d: vec4f) {
  let columns = sizes.O / 4u;
  if (pixel >= sizes.B * sizes.P * sizes.Q) { return; }
  if (n < columns) { y[pixel * columns + n] = finish(c, n); }
  if (n + 8u < columns) { y[pixel * columns + n + 8u] = finish(d, n + 8u); }
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let across = (sizes.O + 63u) / 64u;
  let tile = flat_group(group, groups);
  let pixel0 = tile / across * 128u;
  if (pixel0 >= sizes.B * sizes.P * sizes.Q) { return; }
  let tx = index % 8u;
  let ty = index / 8u;
  let depth = sizes.KH * sizes.KW * sizes.I;
  let o0 = corner(pixel0 + index / 4u);
  let o1 = corner(pixel0 + 32u + index / 4u);
  let o2 = corner(pixel0 + 64u + index / 4u);
  let o3 = corner(pixel0 + 96u + index / 4u);
  let slot = index / 4u * 5u + index % 4u;
  let column = tile % across * 16u + index % 16u;
  let row = 5u * ty;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var d0 = vec4f(); var d1 = vec4f(); var d2 = vec4f(); var d3 = vec4f();
  var d4 = vec4f(); var d5 = vec4f(); var d6 = vec4f(); var d7 = vec4f();
  for (var k0 = 0u; k0 < depth; k0 += 16u) {
    let k = k0 + 4u * (index % 4u);
    let down = k / (sizes.I * sizes.KW) * sizes.DH;
    let right_of = k / sizes.I % sizes.KW * sizes.DW;
    let tap = vec3u(down, right_of, select(0xffffffffu, (down * sizes.W + right_of) * sizes.I + k % sizes.I, k < depth));
    let l0 = fetch_x(o0, tap); let l1 = fetch_x(o1, tap); let l2 = fetch_x(o2, tap); let l3 = fetch_x(o3, tap);
    let r0 = fetch_w(k0 + index / 16u, column); let r1 = fetch_w(k0 + 8u + index / 16u, column);
    workgroupBarrier();
    left[slot] = half(l0);
    left[slot + 160u] = half(l1);
    left[slot + 320u] = half(l2);
    left[slot + 480u] = half(l3);
    right[index] = half(r0);
    right[index + 128u] = half(r1);
    workgroupBarrier();
    for (var s = 0u; s < 4u; s++) {
      let at = 64u * s + tx;
      let p0 = vec4f(right[at]); let q0 = vec4f(right[at + 8u]);
      let p1 = vec4f(right[at + 16u]); let q1 = vec4f(right[at + 24u]);
      let p2 = vec4f(right[at + 32u]); let q2 = vec4f(right[at + 40u]);
      let p3 = vec4f(right[at + 48u]); let q3 = vec4f(right[at + 56u]);
      var a: vec4f;
      a = vec4f(left[row + s]);
      c0 = fma(vec4f(a.x), p0, c0); c0 = fma(vec4f(a.y), p1, c0); c0 = fma(vec4f(a.z), p2, c0); c0 = fma(vec4f(a.w), p3, c0);
      d0 = fma(vec4f(a.x), q0, d0); d0 = fma(vec4f(a.y), q1, d0); d0 = fma(vec4f(a.z), q2, d0); d0 = fma(vec4f(a.w), q3, d0);
      a = vec4f(left[row + 80u + s]);
      c1 = fma(vec4f(a.x), p0, c1); c1 = fma(vec4f(a.y), p1, c1); c1 = fma(vec4f(a.z), p2, c1); c1 = fma(vec4f(a.w), p3, c1);
      d1 = fma(vec4f(a.x), q0, d1); d1 = fma(vec4f(a.y), q1, d1); d1 = fma(vec4f(a.z), q2, d1); d1 = fma(vec4f(a.w), q3, d1);
      a = vec4f(left[row + 160u + s]);
      c2 = fma(vec4f(a.x), p0, c2); c2 = fma(vec4f(a.y), p1, c2); c2 = fma(vec4f(a.z), p2, c2); c2 = fma(vec4f(a.w), p3, c2);
      d2 = fma(vec4f(a.x), q0, d2); d2 = fma(vec4f(a.y), q1, d2); d2 = fma(vec4f(a.z), q2, d2); d2 = fma(vec4f(a.w), q3, d2);
      a = vec4f(left[row + 240u + s]);
      c3 = fma(vec4f(a.x), p0, c3); c3 = fma(vec4f(a.y), p1, c3); c3 = fma(vec4f(a.z), p2, c3); c3 = fma(vec4f(a.w), p3, c3);
      d3 = fma(vec4f(a.x), q0, d3); d3 = fma(vec4f(a.y), q1, d3); d3 = fma(vec4f(a.z), q2, d3); d3 = fma(vec4f(a.w), q3, d3);
      a = vec4f(left[row + 320u + s]);
      c4 = fma(vec4f(a.x), p0, c4); c4 = fma(vec4f(a.y), p1, c4); c4 = fma(vec4f(a.z), p2, c4); c4 = fma(vec4f(a.w), p3, c4);
      d4 = fma(vec4f(a.x), q0, d4); d4 = fma(vec4f(a.y), q1, d4); d4 = fma(vec4f(a.z), q2, d4); d4 = fma(vec4f(a.w), q3, d4);
      a = vec4f(left[row + 400u + s]);
      c5 = fma(vec4f(a.x), p0, c5); c5 = fma(vec4f(a.y), p1, c5); c5 = fma(vec4f(a.z), p2, c5); c5 = fma(vec4f(a.w), p3, c5);
      d5 = fma(vec4f(a.x), q0, d5); d5 = fma(vec4f(a.y), q1, d5); d5 = fma(vec4f(a.z), q2, d5); d5 = fma(vec4f(a.w), q3, d5);
      a = vec4f(left[row + 480u + s]);
      c6 = fma(vec4f(a.x), p0, c6); c6 = fma(vec4f(a.y), p1, c6); c6 = fma(vec4f(a.z), p2, c6); c6 = fma(vec4f(a.w), p3, c6);
      d6 = fma(vec4f(a.x), q0, d6); d6 = fma(vec4f(a.y), q1, d6); d6 = fma(vec4f(a.z), q2, d6); d6 = fma(vec4f(a.w), q3, d6);
      a = vec4f(left[row + 560u + s]);
      c7 = fma(vec4f(a.x), p0, c7); c7 = fma(vec4f(a.y), p1, c7); c7 = fma(vec4f(a.z), p2, c7); c7 = fma(vec4f(a.w), p3, c7);
      d7 = fma(vec4f(a.x), q0, d7); d7 = fma(vec4f(a.y), q1, d7); d7 = fma(vec4f(a.z), q2, d7); d7 = fma(vec4f(a.w), q3, d7);
    }
  }
  let p = pixel0 + ty;
  let n = tile % across * 16u + tx;
  store(p, n, c0, d0);
  store(p + 16u, n, c1, d1);
  store(p + 32u, n, c2, d2);
  store(p + 48u, n, c3, d3);
  store(p + 64u, n, c4, d4);
  store(p + 80u, n, c5, d5);
  store(p + 96u, n, c6, d6);
  store(p + 112u, n, c7, d7);
}
