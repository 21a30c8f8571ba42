// y[b,p,q,o] = activation(sum_{ky,kx,i} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * w[ky,kx,i,o] + bias[o])
// x [B,H,W,I]   w [KH,KW,I,O]   bias [O]   y [B,P,Q,O]            f32, row-major, O a multiple of 4, one group
// grid: ceil(O/(4*SUBGROUP)), ceil(B*P*Q/16)      one workgroup = one subgroup = 16 pixels; a lane owns 4 channels
// use: lib/activation
// Software adapters: a product of matrices [B*P*Q, KH*KW*I] x [KH*KW*I, O] by subgroup broadcast, no workgroup memory.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups: 1 here; activation (lib/activation), its leak or alpha
}
override SUBGROUP: u32 = 8u;                       // lanes of a subgroup: 4 or 8
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

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

fn fetch(corner: vec3u, step: vec3u) -> f32 {
  let inside = (corner.x + step.x < sizes.H) & (corner.y + step.y < sizes.W);
  return select(0.0, x[select(0u, corner.z + step.z, inside)], inside);
}

// One load of x serves SUBGROUP reduction steps, one load of w serves 16 pixels.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let n = min(group.x * SUBGROUP + lane, columns - 1u);
  let r = group.y * 16u;
  let depth = sizes.KH * sizes.KW * sizes.I;
  let last = depth - 1u;
  let p0 = corner(r + 0u); let p1 = corner(r + 1u); let p2 = corner(r + 2u); let p3 = corner(r + 3u);
  let p4 = corner(r + 4u); let p5 = corner(r + 5u); let p6 = corner(r + 6u); let p7 = corner(r + 7u);
  let p8 = corner(r + 8u); let p9 = corner(r + 9u); let p10 = corner(r + 10u); let p11 = corner(r + 11u);
  let p12 = corner(r + 12u); let p13 = corner(r + 13u); let p14 = corner(r + 14u); let p15 = corner(r + 15u);
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  // This lane's place (ky, kx, i) in the reduction, and SUBGROUP in the same digits: no divisions in the loop.
  var i = lane % sizes.I;
  var kx = lane / sizes.I % sizes.KW;
  var ky = lane / (sizes.I * sizes.KW);
  let on_i = SUBGROUP % sizes.I;
  let on_x = SUBGROUP / sizes.I % sizes.KW;
  let on_y = SUBGROUP / (sizes.I * sizes.KW);
  for (var k = 0u; k < depth; k += SUBGROUP) {
    // Beyond the last tap: a step that lands outside of any x.
    let down = select(0x80000000u, ky * sizes.DH, ky < sizes.KH);
    let s = vec3u(down, kx * sizes.DW, (ky * sizes.DH * sizes.W + kx * sizes.DW) * sizes.I + i);
    let a0 = fetch(p0, s); let a1 = fetch(p1, s); let a2 = fetch(p2, s); let a3 = fetch(p3, s);
    let a4 = fetch(p4, s); let a5 = fetch(p5, s); let a6 = fetch(p6, s); let a7 = fetch(p7, s);
    let a8 = fetch(p8, s); let a9 = fetch(p9, s); let a10 = fetch(p10, s); let a11 = fetch(p11, s);
    let a12 = fetch(p12, s); let a13 = fetch(p13, s); let a14 = fetch(p14, s); let a15 = fetch(p15, s);
    i += on_i;
    let carry_i = i >= sizes.I;
    i = select(i, i - sizes.I, carry_i);
    kx += on_x + select(0u, 1u, carry_i);
    let carry_x = kx >= sizes.KW;
    kx = select(kx, kx - sizes.KW, carry_x);
    ky += on_y + select(0u, 1u, carry_x);
    var b: vec4f;
    b = w[min(k + 0u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 0u) * b; c1 += subgroupBroadcast(a1, 0u) * b;
    c2 += subgroupBroadcast(a2, 0u) * b; c3 += subgroupBroadcast(a3, 0u) * b;
    c4 += subgroupBroadcast(a4, 0u) * b; c5 += subgroupBroadcast(a5, 0u) * b;
    c6 += subgroupBroadcast(a6, 0u) * b; c7 += subgroupBroadcast(a7, 0u) * b;
    c8 += subgroupBroadcast(a8, 0u) * b; c9 += subgroupBroadcast(a9, 0u) * b;
    c10 += subgroupBroadcast(a10, 0u) * b; c11 += subgroupBroadcast(a11, 0u) * b;
    c12 += subgroupBroadcast(a12, 0u) * b; c13 += subgroupBroadcast(a13, 0u) * b;
    c14 += subgroupBroadcast(a14, 0u) * b; c15 += subgroupBroadcast(a15, 0u) * b;
    b = w[min(k + 1u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 1u) * b; c1 += subgroupBroadcast(a1, 1u) * b;
    c2 += subgroupBroadcast(a2, 1u) * b; c3 += subgroupBroadcast(a3, 1u) * b;
    c4 += subgroupBroadcast(a4, 1u) * b; c5 += subgroupBroadcast(a5, 1u) * b;
    c6 += subgroupBroadcast(a6, 1u) * b; c7 += subgroupBroadcast(a7, 1u) * b;
    c8 += subgroupBroadcast(a8, 1u) * b; c9 += subgroupBroadcast(a9, 1u) * b;
    c10 += subgroupBroadcast(a10, 1u) * b; c11 += subgroupBroadcast(a11, 1u) * b;
    c12 += subgroupBroadcast(a12, 1u) * b; c13 += subgroupBroadcast(a13, 1u) * b;
    c14 += subgroupBroadcast(a14, 1u) * b; c15 += subgroupBroadcast(a15, 1u) * b;
    b = w[min(k + 2u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 2u) * b; c1 += subgroupBroadcast(a1, 2u) * b;
    c2 += subgroupBroadcast(a2, 2u) * b; c3 += subgroupBroadcast(a3, 2u) * b;
    c4 += subgroupBroadcast(a4, 2u) * b; c5 += subgroupBroadcast(a5, 2u) * b;
    c6 += subgroupBroadcast(a6, 2u) * b; c7 += subgroupBroadcast(a7, 2u) * b;
    c8 += subgroupBroadcast(a8, 2u) * b; c9 += subgroupBroadcast(a9, 2u) * b;
    c10 += subgroupBroadcast(a10, 2u) * b; c11 += subgroupBroadcast(a11, 2u) * b;
    c12 += subgroupBroadcast(a12, 2u) * b; c13 += subgroupBroadcast(a13, 2u) * b;
    c14 += subgroupBroadcast(a14, 2u) * b; c15 += subgroupBroadcast(a15, 2u) * b;
    b = w[min(k + 3u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 3u) * b; c1 += subgroupBroadcast(a1, 3u) * b;
    c2 += subgroupBroadcast(a2, 3u) * b; c3 += subgroupBroadcast(a3, 3u) * b;
    c4 += subgroupBroadcast(a4, 3u) * b; c5 += subgroupBroadcast(a5, 3u) * b;
    c6 += subgroupBroadcast(a6, 3u) * b; c7 += subgroupBroadcast(a7, 3u) * b;
    c8 += subgroupBroadcast(a8, 3u) * b; c9 += subgroupBroadcast(a9, 3u) * b;
    c10 += subgroupBroadcast(a10, 3u) * b; c11 += subgroupBroadcast(a11, 3u) * b;
    c12 += subgroupBroadcast(a12, 3u) * b; c13 += subgroupBroadcast(a13, 3u) * b;
    c14 += subgroupBroadcast(a14, 3u) * b; c15 += subgroupBroadcast(a15, 3u) * b;
    if (SUBGROUP == 8u) {
      b = w[min(k + 4u, last) * columns + n];
      c0 += subgroupBroadcast(a0, 4u) * b; c1 += subgroupBroadcast(a1, 4u) * b;
      c2 += subgroupBroadcast(a2, 4u) * b; c3 += subgroupBroadcast(a3, 4u) * b;
      c4 += subgroupBroadcast(a4, 4u) * b; c5 += subgroupBroadcast(a5, 4u) * b;
      c6 += subgroupBroadcast(a6, 4u) * b; c7 += subgroupBroadcast(a7, 4u) * b;
      c8 += subgroupBroadcast(a8, 4u) * b; c9 += subgroupBroadcast(a9, 4u) * b;
      c10 += subgroupBroadcast(a10, 4u) * b; c11 += subgroupBroadcast(a11, 4u) * b;
      c12 += subgroupBroadcast(a12, 4u) * b; c13 += subgroupBroadcast(a13, 4u) * b;
      c14 += subgroupBroadcast(a14, 4u) * b; c15 += subgroupBroadcast(a15, 4u) * b;
      b = w[min(k + 5u, last) * columns + n];
      c0 += subgroupBroadcast(a0, 5u) * b; c1 += subgroupBroadcast(a1, 5u) * b;
      c2 += subgroupBroadcast(a2, 5u) * b; c3 += subgroupBroadcast(a3, 5u) * b;
      c4 += subgroupBroadcast(a4, 5u) * b; c5 += subgroupBroadcast(a5, 5u) * b;
      c6 += subgroupBroadcast(a6, 5u) * b; c7 += subgroupBroadcast(a7, 5u) * b;
      c8 += subgroupBroadcast(a8, 5u) * b; c9 += subgroupBroadcast(a9, 5u) * b;
      c10 += subgroupBroadcast(a10, 5u) * b; c11 += subgroupBroadcast(a11, 5u) * b;
      c12 += subgroupBroadcast(a12, 5u) * b; c13 += subgroupBroadcast(a13, 5u) * b;
      c14 += subgroupBroadcast(a14, 5u) * b; c15 += subgroupBroadcast(a15, 5u) * b;
      b = w[min(k + 6u, last) * columns + n];
      c0 += subgroupBroadcast(a0, 6u) * b; c1 += subgroupBroadcast(a1, 6u) * b;
      c2 += subgroupBroadcast(a2, 6u) * b; c3 += subgroupBroadcast(a3, 6u) * b;
      c4 += subgroupBroadcast(a4, 6u) * b; c5 += subgroupBroadcast(a5, 6u) * b;
      c6 += subgroupBroadcast(a6, 6u) * b; c7 += subgroupBroadcast(a7, 6u) * b;
      c8 += subgroupBroadcast(a8, 6u) * b; c9 += subgroupBroadcast(a9, 6u) * b;
      c10 += subgroupBroadcast(a10, 6u) * b; c11 += subgroupBroadcast(a11, 6u) * b;
      c12 += subgroupBroadcast(a12, 6u) * b; c13 += subgroupBroadcast(a13, 6u) * b;
      c14 += subgroupBroadcast(a14, 6u) * b; c15 += subgroupBroadcast(a15, 6u) * b;
      b = w[min(k + 7u, last) * columns + n];
      c0 += subgroupBroadcast(a0, 7u) * b; c1 += subgroupBroadcast(a1, 7u) * b;
      c2 += subgroupBroadcast(a2, 7u) * b; c3 += subgroupBroadcast(a3, 7u) * b;
      c4 += subgroupBroadcast(a4, 7u) * b; c5 += subgroupBroadcast(a5, 7u) * b;
      c6 += subgroupBroadcast(a6, 7u) * b; c7 += subgroupBroadcast(a7, 7u) * b;
      c8 += subgroupBroadcast(a8, 7u) * b; c9 += subgroupBroadcast(a9, 7u) * b;
      c10 += subgroupBroadcast(a10, 7u) * b; c11 += subgroupBroadcast(a11, 7u) * b;
      c12 += subgroupBroadcast(a12, 7u) * b; c13 += subgroupBroadcast(a13, 7u) * b;
      c14 += subgroupBroadcast(a14, 7u) * b; c15 += subgroupBroadcast(a15, 7u) * b;
    }
  }
  if (group.x * SUBGROUP + lane >= columns) { return; }
  let rows = sizes.B * sizes.P * sizes.Q;
  if (r + 0u < rows) { y[(r + 0u) * columns + n] = finish(c0, n); }
  if (r + 1u < rows) { y[(r + 1u) * columns + n] = finish(c1, n); }
  if (r + 2u < rows) { y[(r + 2u) * columns + n] = finish(c2, n); }
  if (r + 3u < rows) { y[(r + 3u) * columns + n] = finish(c3, n); }
  if (r + 4u < rows) { y[(r + 4u) * columns + n] = finish(c4, n); }
  if (r + 5u < rows) { y[(r + 5u) * columns + n] = finish(c5, n); }
  if (r + 6u < rows) { y[(r + 6u) * columns + n] = finish(c6, n); }
  if (r + 7u < rows) { y[(r + 7u) * columns + n] = finish(c7, n); }
  if (r + 8u < rows) { y[(r + 8u) * columns + n] = finish(c8, n); }
  if (r + 9u < rows) { y[(r + 9u) * columns + n] = finish(c9, n); }
  if (r + 10u < rows) { y[(r + 10u) * columns + n] = finish(c10, n); }
  if (r + 11u < rows) { y[(r + 11u) * columns + n] = finish(c11, n); }
  if (r + 12u < rows) { y[(r + 12u) * columns + n] = finish(c12, n); }
  if (r + 13u < rows) { y[(r + 13u) * columns + n] = finish(c13, n); }
  if (r + 14u < rows) { y[(r + 14u) * columns + n] = finish(c14, n); }
  if (r + 15u < rows) { y[(r + 15u) * columns + n] = finish(c15, n); }
}
