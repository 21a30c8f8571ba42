// y[b,p,q,o] = activation(sum_{ky,kx,i} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * w[ky,kx,i,o] + bias[o])
// x [B,H,W,I]   w [KH,KW,I,O]   bias [O]   y [B,P,Q,O]            f32, row-major, I and O multiples of 4, one group
// grid: ceil(O/32), ceil(B*P*Q/32)      one workgroup = one subgroup of 4 = 32 pixels; a lane owns 2 x 4 channels
// use: lib/activation
// Software adapters: a product of matrices [B*P*Q, KH*KW*I] x [KH*KW*I, O]. Sums in arrays: SwiftShader keeps no sum in a register anyway, and compiles them sooner.
enable subgroups;

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

// Bias, and the activation that needs no code to speak of.
fn finish(sum: vec4f, shift: vec4f) -> vec4f {
  let v = sum + shift;
  return select(v, max(v, vec4f()), sizes.kind == 1u);
}

// The other activations, over what was written, one at a time: inlined once, their code does not multiply the time to compile.
fn activate_rows(r: u32, rows: u32, first: u32) {
  let columns = sizes.O / 4u;
  for (var row = r; row < min(r + 32u, rows); row++) {
    for (var n = first; n < min(first + 8u, columns); n += 4u) {
      let at = row * columns + n;
      for (var j = 0u; j < 4u; j++) { y[at][j] = activate(sizes.kind, y[at][j], sizes.slope); }
    }
  }
}

// Row and column of x under the first tap of a pixel of y, and the element of x there, in vectors of 4; outside of x they wrap.
fn corner(pixel: u32) -> vec3u {
  let at = min(pixel, sizes.B * sizes.P * sizes.Q - 1u);
  let row = at / sizes.Q % sizes.P * sizes.SH - sizes.top;
  let column = at % sizes.Q * sizes.SW - sizes.left;
  return vec3u(row, column, ((at / (sizes.Q * sizes.P) * sizes.H + row) * sizes.W + column) * (sizes.I / 4u));
}

// The element that a tap reaches; 0xffffffff outside of x.
fn source(corner: vec3u, step: vec3u) -> u32 {
  let inside = (corner.x + step.x < sizes.H) & (corner.y + step.y < sizes.W);
  return select(0xffffffffu, corner.z + step.z, inside);
}

fn fetch(source: u32, k: u32) -> vec4f {
  let inside = source != 0xffffffffu;
  return select(vec4f(), x[select(0u, source + k, inside)], inside);
}

// c + a.x b0 + a.y b1 + a.z b2 + a.w b3, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

// A lane loads 4 channels of a pixel, so that one load of x serves 4 pixels, and one load of w serves 32.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let m = min(first + 4u, columns - 1u);
  let r = group.y * 32u;
  let depth = sizes.I / 4u;
  let p0 = corner(r + 0u + lane); let p1 = corner(r + 4u + lane);
  let p2 = corner(r + 8u + lane); let p3 = corner(r + 12u + lane);
  let p4 = corner(r + 16u + lane); let p5 = corner(r + 20u + lane);
  let p6 = corner(r + 24u + lane); let p7 = corner(r + 28u + lane);
  var c: array<vec4f, 32>;                         // of columns n
  var e: array<vec4f, 32>;                         // of columns m
  for (var ky = 0u; ky < sizes.KH; ky++) {
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let step = vec3u(ky * sizes.DH, kx * sizes.DW, (ky * sizes.DH * sizes.W + kx * sizes.DW) * depth);
      let x0 = source(p0, step); let x1 = source(p1, step); let x2 = source(p2, step); let x3 = source(p3, step);
      let x4 = source(p4, step); let x5 = source(p5, step); let x6 = source(p6, step); let x7 = source(p7, step);
      let tap = (ky * sizes.KW + kx) * sizes.I;
      for (var k = 0u; k < depth; k++) {
        let at = (tap + 4u * k) * columns;
        let b0 = w[at + n]; let b1 = w[at + columns + n]; let b2 = w[at + 2u * columns + n]; let b3 = w[at + 3u * columns + n];
        let d0 = w[at + m]; let d1 = w[at + columns + m]; let d2 = w[at + 2u * columns + m]; let d3 = w[at + 3u * columns + m];
        let a0 = fetch(x0, k); let a1 = fetch(x1, k); let a2 = fetch(x2, k); let a3 = fetch(x3, k);
        let a4 = fetch(x4, k); let a5 = fetch(x5, k); let a6 = fetch(x6, k); let a7 = fetch(x7, k);
        let s0 = subgroupBroadcast(a0, 0u); c[0] = rank4(c[0], s0, b0, b1, b2, b3); e[0] = rank4(e[0], s0, d0, d1, d2, d3);
        let s1 = subgroupBroadcast(a0, 1u); c[1] = rank4(c[1], s1, b0, b1, b2, b3); e[1] = rank4(e[1], s1, d0, d1, d2, d3);
        let s2 = subgroupBroadcast(a0, 2u); c[2] = rank4(c[2], s2, b0, b1, b2, b3); e[2] = rank4(e[2], s2, d0, d1, d2, d3);
        let s3 = subgroupBroadcast(a0, 3u); c[3] = rank4(c[3], s3, b0, b1, b2, b3); e[3] = rank4(e[3], s3, d0, d1, d2, d3);
        let s4 = subgroupBroadcast(a1, 0u); c[4] = rank4(c[4], s4, b0, b1, b2, b3); e[4] = rank4(e[4], s4, d0, d1, d2, d3);
        let s5 = subgroupBroadcast(a1, 1u); c[5] = rank4(c[5], s5, b0, b1, b2, b3); e[5] = rank4(e[5], s5, d0, d1, d2, d3);
        let s6 = subgroupBroadcast(a1, 2u); c[6] = rank4(c[6], s6, b0, b1, b2, b3); e[6] = rank4(e[6], s6, d0, d1, d2, d3);
        let s7 = subgroupBroadcast(a1, 3u); c[7] = rank4(c[7], s7, b0, b1, b2, b3); e[7] = rank4(e[7], s7, d0, d1, d2, d3);
        let s8 = subgroupBroadcast(a2, 0u); c[8] = rank4(c[8], s8, b0, b1, b2, b3); e[8] = rank4(e[8], s8, d0, d1, d2, d3);
        let s9 = subgroupBroadcast(a2, 1u); c[9] = rank4(c[9], s9, b0, b1, b2, b3); e[9] = rank4(e[9], s9, d0, d1, d2, d3);
        let s10 = subgroupBroadcast(a2, 2u); c[10] = rank4(c[10], s10, b0, b1, b2, b3); e[10] = rank4(e[10], s10, d0, d1, d2, d3);
        let s11 = subgroupBroadcast(a2, 3u); c[11] = rank4(c[11], s11, b0, b1, b2, b3); e[11] = rank4(e[11], s11, d0, d1, d2, d3);
        let s12 = subgroupBroadcast(a3, 0u); c[12] = rank4(c[12], s12, b0, b1, b2, b3); e[12] = rank4(e[12], s12, d0, d1, d2, d3);
        let s13 = subgroupBroadcast(a3, 1u); c[13] = rank4(c[13], s13, b0, b1, b2, b3); e[13] = rank4(e[13], s13, d0, d1, d2, d3);
        let s14 = subgroupBroadcast(a3, 2u); c[14] = rank4(c[14], s14, b0, b1, b2, b3); e[14] = rank4(e[14], s14, d0, d1, d2, d3);
        let s15 = subgroupBroadcast(a3, 3u); c[15] = rank4(c[15], s15, b0, b1, b2, b3); e[15] = rank4(e[15], s15, d0, d1, d2, d3);
        let s16 = subgroupBroadcast(a4, 0u); c[16] = rank4(c[16], s16, b0, b1, b2, b3); e[16] = rank4(e[16], s16, d0, d1, d2, d3);
        let s17 = subgroupBroadcast(a4, 1u); c[17] = rank4(c[17], s17, b0, b1, b2, b3); e[17] = rank4(e[17], s17, d0, d1, d2, d3);
        let s18 = subgroupBroadcast(a4, 2u); c[18] = rank4(c[18], s18, b0, b1, b2, b3); e[18] = rank4(e[18], s18, d0, d1, d2, d3);
        let s19 = subgroupBroadcast(a4, 3u); c[19] = rank4(c[19], s19, b0, b1, b2, b3); e[19] = rank4(e[19], s19, d0, d1, d2, d3);
        let s20 = subgroupBroadcast(a5, 0u); c[20] = rank4(c[20], s20, b0, b1, b2, b3); e[20] = rank4(e[20], s20, d0, d1, d2, d3);
        let s21 = subgroupBroadcast(a5, 1u); c[21] = rank4(c[21], s21, b0, b1, b2, b3); e[21] = rank4(e[21], s21, d0, d1, d2, d3);
        let s22 = subgroupBroadcast(a5, 2u); c[22] = rank4(c[22], s22, b0, b1, b2, b3); e[22] = rank4(e[22], s22, d0, d1, d2, d3);
        let s23 = subgroupBroadcast(a5, 3u); c[23] = rank4(c[23], s23, b0, b1, b2, b3); e[23] = rank4(e[23], s23, d0, d1, d2, d3);
        let s24 = subgroupBroadcast(a6, 0u); c[24] = rank4(c[24], s24, b0, b1, b2, b3); e[24] = rank4(e[24], s24, d0, d1, d2, d3);
        let s25 = subgroupBroadcast(a6, 1u); c[25] = rank4(c[25], s25, b0, b1, b2, b3); e[25] = rank4(e[25], s25, d0, d1, d2, d3);
        let s26 = subgroupBroadcast(a6, 2u); c[26] = rank4(c[26], s26, b0, b1, b2, b3); e[26] = rank4(e[26], s26, d0, d1, d2, d3);
        let s27 = subgroupBroadcast(a6, 3u); c[27] = rank4(c[27], s27, b0, b1, b2, b3); e[27] = rank4(e[27], s27, d0, d1, d2, d3);
        let s28 = subgroupBroadcast(a7, 0u); c[28] = rank4(c[28], s28, b0, b1, b2, b3); e[28] = rank4(e[28], s28, d0, d1, d2, d3);
        let s29 = subgroupBroadcast(a7, 1u); c[29] = rank4(c[29], s29, b0, b1, b2, b3); e[29] = rank4(e[29], s29, d0, d1, d2, d3);
        let s30 = subgroupBroadcast(a7, 2u); c[30] = rank4(c[30], s30, b0, b1, b2, b3); e[30] = rank4(e[30], s30, d0, d1, d2, d3);
        let s31 = subgroupBroadcast(a7, 3u); c[31] = rank4(c[31], s31, b0, b1, b2, b3); e[31] = rank4(e[31], s31, d0, d1, d2, d3);
      }
    }
  }
  let rows = sizes.B * sizes.P * sizes.Q;
  let count = min(32u, rows - r);
  var shift = vec4f(); var shift_m = vec4f();
  if (HAS_BIAS) { shift = bias[n]; shift_m = bias[m]; }
  if (first < columns) { for (var i = 0u; i < count; i++) { y[(r + i) * columns + n] = finish(c[i], shift); } }
  if (first + 4u < columns) { for (var i = 0u; i < count; i++) { y[(r + i) * columns + m] = finish(e[i], shift_m); } }
  if (sizes.kind > 1u) { activate_rows(r, rows, first); }
}
