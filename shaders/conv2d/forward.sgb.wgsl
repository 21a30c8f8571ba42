// y[b,p,q,o] = activation(sum_{ky,kx,i} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * w[ky,kx,i,o] + bias[o])
// x [B,H,W,I]   w [KH,KW,I,O]   bias [O]   y [B,P,Q,O]            f32, row-major, O a multiple of 4, one group
// grid: ceil(O/(4*SUBGROUP)), ceil(B*P*Q/16)      one workgroup = one subgroup = 16 pixels; a lane owns 4 channels
// use: lib/activation
// Software adapters: a product of matrices [B*P*Q, KH*KW*I] x [KH*KW*I, O], whose rows are walked one by one: any I, as pictures have it.
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

// Bias, and the activation that needs no code to speak of.
fn finish(sum: vec4f, shift: vec4f) -> vec4f {
  let v = sum + shift;
  return select(v, max(v, vec4f()), sizes.kind == 1u);
}

// The other activations, over what was written, one at a time: inlined once, their code does not multiply the time to compile.
fn activate_rows(r: u32, rows: u32, n: u32) {
  let columns = sizes.O / 4u;
  for (var row = r; row < min(r + 16u, rows); row++) {
    for (var j = 0u; j < 4u; j++) { y[row * columns + n][j] = activate(sizes.kind, y[row * columns + n][j], sizes.slope); }
  }
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

// c + four steps of the reduction, in one expression, so that c stays in a register.
fn low4(c: vec4f, a: f32, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + subgroupBroadcast(a, 0u) * b0 + subgroupBroadcast(a, 1u) * b1 + subgroupBroadcast(a, 2u) * b2 + subgroupBroadcast(a, 3u) * b3;
}

fn high4(c: vec4f, a: f32, b4: vec4f, b5: vec4f, b6: vec4f, b7: vec4f) -> vec4f {
  return c + subgroupBroadcast(a, 4u) * b4 + subgroupBroadcast(a, 5u) * b5 + subgroupBroadcast(a, 6u) * b6 + subgroupBroadcast(a, 7u) * b7;
}

// One load of x serves SUBGROUP reduction steps, one load of w serves 16 pixels.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * SUBGROUP + lane;
  let n = min(first, columns - 1u);
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
    let b0 = w[k * columns + n]; let b1 = w[min(k + 1u, last) * columns + n];
    let b2 = w[min(k + 2u, last) * columns + n]; let b3 = w[min(k + 3u, last) * columns + n];
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
    if (SUBGROUP == 8u) {
      let b4 = w[min(k + 4u, last) * columns + n]; let b5 = w[min(k + 5u, last) * columns + n];
      let b6 = w[min(k + 6u, last) * columns + n]; let b7 = w[min(k + 7u, last) * columns + n];
      c0 = high4(low4(c0, a0, b0, b1, b2, b3), a0, b4, b5, b6, b7);
      c1 = high4(low4(c1, a1, b0, b1, b2, b3), a1, b4, b5, b6, b7);
      c2 = high4(low4(c2, a2, b0, b1, b2, b3), a2, b4, b5, b6, b7);
      c3 = high4(low4(c3, a3, b0, b1, b2, b3), a3, b4, b5, b6, b7);
      c4 = high4(low4(c4, a4, b0, b1, b2, b3), a4, b4, b5, b6, b7);
      c5 = high4(low4(c5, a5, b0, b1, b2, b3), a5, b4, b5, b6, b7);
      c6 = high4(low4(c6, a6, b0, b1, b2, b3), a6, b4, b5, b6, b7);
      c7 = high4(low4(c7, a7, b0, b1, b2, b3), a7, b4, b5, b6, b7);
      c8 = high4(low4(c8, a8, b0, b1, b2, b3), a8, b4, b5, b6, b7);
      c9 = high4(low4(c9, a9, b0, b1, b2, b3), a9, b4, b5, b6, b7);
      c10 = high4(low4(c10, a10, b0, b1, b2, b3), a10, b4, b5, b6, b7);
      c11 = high4(low4(c11, a11, b0, b1, b2, b3), a11, b4, b5, b6, b7);
      c12 = high4(low4(c12, a12, b0, b1, b2, b3), a12, b4, b5, b6, b7);
      c13 = high4(low4(c13, a13, b0, b1, b2, b3), a13, b4, b5, b6, b7);
      c14 = high4(low4(c14, a14, b0, b1, b2, b3), a14, b4, b5, b6, b7);
      c15 = high4(low4(c15, a15, b0, b1, b2, b3), a15, b4, b5, b6, b7);
    } else {
      c0 = low4(c0, a0, b0, b1, b2, b3); c1 = low4(c1, a1, b0, b1, b2, b3);
      c2 = low4(c2, a2, b0, b1, b2, b3); c3 = low4(c3, a3, b0, b1, b2, b3);
      c4 = low4(c4, a4, b0, b1, b2, b3); c5 = low4(c5, a5, b0, b1, b2, b3);
      c6 = low4(c6, a6, b0, b1, b2, b3); c7 = low4(c7, a7, b0, b1, b2, b3);
      c8 = low4(c8, a8, b0, b1, b2, b3); c9 = low4(c9, a9, b0, b1, b2, b3);
      c10 = low4(c10, a10, b0, b1, b2, b3); c11 = low4(c11, a11, b0, b1, b2, b3);
      c12 = low4(c12, a12, b0, b1, b2, b3); c13 = low4(c13, a13, b0, b1, b2, b3);
      c14 = low4(c14, a14, b0, b1, b2, b3); c15 = low4(c15, a15, b0, b1, b2, b3);
    }
  }
  if (first >= columns) { return; }
  let rows = sizes.B * sizes.P * sizes.Q;
  var shift = vec4f();
  if (HAS_BIAS) { shift = bias[n]; }
  if (r + 0u < rows) { y[(r + 0u) * columns + n] = finish(c0, shift); }
  if (r + 1u < rows) { y[(r + 1u) * columns + n] = finish(c1, shift); }
  if (r + 2u < rows) { y[(r + 2u) * columns + n] = finish(c2, shift); }
  if (r + 3u < rows) { y[(r + 3u) * columns + n] = finish(c3, shift); }
  if (r + 4u < rows) { y[(r + 4u) * columns + n] = finish(c4, shift); }
  if (r + 5u < rows) { y[(r + 5u) * columns + n] = finish(c5, shift); }
  if (r + 6u < rows) { y[(r + 6u) * columns + n] = finish(c6, shift); }
  if (r + 7u < rows) { y[(r + 7u) * columns + n] = finish(c7, shift); }
  if (r + 8u < rows) { y[(r + 8u) * columns + n] = finish(c8, shift); }
  if (r + 9u < rows) { y[(r + 9u) * columns + n] = finish(c9, shift); }
  if (r + 10u < rows) { y[(r + 10u) * columns + n] = finish(c10, shift); }
  if (r + 11u < rows) { y[(r + 11u) * columns + n] = finish(c11, shift); }
  if (r + 12u < rows) { y[(r + 12u) * columns + n] = finish(c12, shift); }
  if (r + 13u < rows) { y[(r + 13u) * columns + n] = finish(c13, shift); }
  if (r + 14u < rows) { y[(r + 14u) * columns + n] = finish(c14, shift); }
  if (r + 15u < rows) { y[(r + 15u) * columns + n] = finish(c15, shift); }
  if (sizes.kind > 1u) { activate_rows(r, rows, n); }
}
