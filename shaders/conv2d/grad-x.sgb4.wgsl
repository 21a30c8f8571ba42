// dx[b,h,v,i] = activation(sum_{ky,kx,o} dy[b,p,q,o] * w[ky,kx,i,o] + bias[i]),   p*SH + ky*DH = h + top, q*SW + kx*DW = v + left
// dy [B,P,Q,O]   w [KH,KW,I,O]   bias [I]   dx [B,H,W,I]          f32, row-major, I and O multiples of 4, one group
// grid: ceil(I/32), ceil(B*ceil(H/SH)*ceil(W/SW)/32), SH*SW       one workgroup = one subgroup of 4 = 32 pixels of a phase; a lane owns 2 x 4 channels
// use: lib/activation
// Software adapters, as forward.sgb4. A phase is the pixels of x that the same taps reach, SH and SW apart.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups: 1 here; activation (lib/activation), its leak or alpha
}
override ADD_BIAS: bool = false;

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// Image, row and column of a pixel of the phase, in steps of the stride.
fn place(pixel: u32, rows: u32, columns: u32) -> vec3u {
  let at = min(pixel, sizes.B * rows * columns - 1u);
  return vec3u(at / (rows * columns), at / columns % rows, at % columns);
}

// The element of dy, in vectors of 4, `step` rows and columns on; 0xffffffff outside of dy.
fn source(place: vec3u, step: vec2u) -> u32 {
  let p = place.y + step.x;
  let q = place.z + step.y;
  return select(0xffffffffu, ((place.x * sizes.P + p) * sizes.Q + q) * (sizes.O / 4u), (p < sizes.P) & (q < sizes.Q));
}

fn fetch(source: u32, k: u32) -> vec4f {
  let inside = source != 0xffffffffu;
  return select(vec4f(), dy[select(0u, source + k, inside)], inside);
}

// Bias, and the activation that needs no code to speak of.
fn finish(sum: vec4f, shift: vec4f) -> vec4f {
  let v = sum + shift;
  return select(v, max(v, vec4f()), sizes.kind == 1u);
}

// The element of dx, in vectors of 4, of a pixel of the phase.
fn place_of(pixel: u32, rows: u32, columns: u32, phase: vec2u) -> u32 {
  let at = place(pixel, rows, columns);
  let row = at.x * sizes.H + at.y * sizes.SH + phase.x;
  return (row * sizes.W + at.z * sizes.SW + phase.y) * (sizes.I / 4u);
}

// c + a.x b0 + a.y b1 + a.z b2 + a.w b3, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

// A lane loads 4 channels of a pixel, so that one load of dy serves 4 pixels; rows of w are turned in registers, four at a time.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let phase = vec2u(group.z / sizes.SW, group.z % sizes.SW);
  let rows = (sizes.H + sizes.SH - 1u - phase.x) / sizes.SH;
  let columns = (sizes.W + sizes.SW - 1u - phase.y) / sizes.SW;
  let r = group.y * 32u;
  let pixels = sizes.B * rows * columns;
  if (r >= pixels) { return; }
  let first = group.x * 8u + lane;
  let quads = sizes.I / 4u;
  let n = min(first, quads - 1u);
  let m = min(first + 4u, quads - 1u);
  let width = sizes.O / 4u;
  let p0 = place(r + 0u + lane, rows, columns); let p1 = place(r + 4u + lane, rows, columns);
  let p2 = place(r + 8u + lane, rows, columns); let p3 = place(r + 12u + lane, rows, columns);
  let p4 = place(r + 16u + lane, rows, columns); let p5 = place(r + 20u + lane, rows, columns);
  let p6 = place(r + 24u + lane, rows, columns); let p7 = place(r + 28u + lane, rows, columns);
  var c: array<vec4f, 32>;                         // of columns n
  var e: array<vec4f, 32>;                         // of columns m
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let down = i32(phase.x + sizes.top) - i32(ky * sizes.DH);
    if (down % i32(sizes.SH) != 0) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let right = i32(phase.y + sizes.left) - i32(kx * sizes.DW);
      if (right % i32(sizes.SW) != 0) { continue; }
      let tap = vec2u(u32(down / i32(sizes.SH)), u32(right / i32(sizes.SW)));
      let g0 = source(p0, tap); let g1 = source(p1, tap); let g2 = source(p2, tap); let g3 = source(p3, tap);
      let g4 = source(p4, tap); let g5 = source(p5, tap); let g6 = source(p6, tap); let g7 = source(p7, tap);
      let i0 = ((ky * sizes.KW + kx) * sizes.I + 4u * n) * width;
      let j0 = ((ky * sizes.KW + kx) * sizes.I + 4u * m) * width;
      for (var k = 0u; k < width; k++) {
        let w0 = w[i0 + k]; let w1 = w[i0 + width + k]; let w2 = w[i0 + 2u * width + k]; let w3 = w[i0 + 3u * width + k];
        let b0 = vec4f(w0.x, w1.x, w2.x, w3.x); let b1 = vec4f(w0.y, w1.y, w2.y, w3.y);
        let b2 = vec4f(w0.z, w1.z, w2.z, w3.z); let b3 = vec4f(w0.w, w1.w, w2.w, w3.w);
        let v0 = w[j0 + k]; let v1 = w[j0 + width + k]; let v2 = w[j0 + 2u * width + k]; let v3 = w[j0 + 3u * width + k];
        let d0 = vec4f(v0.x, v1.x, v2.x, v3.x); let d1 = vec4f(v0.y, v1.y, v2.y, v3.y);
        let d2 = vec4f(v0.z, v1.z, v2.z, v3.z); let d3 = vec4f(v0.w, v1.w, v2.w, v3.w);
        let a0 = fetch(g0, k); let a1 = fetch(g1, k); let a2 = fetch(g2, k); let a3 = fetch(g3, k);
        let a4 = fetch(g4, k); let a5 = fetch(g5, k); let a6 = fetch(g6, k); let a7 = fetch(g7, k);
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
  let count = min(32u, pixels - r);
  var shift = vec4f(); var shift_m = vec4f();
  if (ADD_BIAS) { shift = bias[n]; shift_m = bias[m]; }
  if (first < quads) { for (var i = 0u; i < count; i++) { dx[place_of(r + i, rows, columns, phase) + n] = finish(c[i], shift); } }
  if (first + 4u < quads) { for (var i = 0u; i < count; i++) { dx[place_of(r + i, rows, columns, phase) + m] = finish(e[i], shift_m); } }
  // The other activations, over what was written, one at a time: inlined once, their code does not multiply the time to compile.
  if (sizes.kind > 1u) {
    for (var i = 0u; i < count; i++) {
      for (var own = first; own < min(first + 8u, quads); own += 4u) {
        let at = place_of(r + i, rows, columns, phase) + own;
        for (var j = 0u; j < 4u; j++) { dx[at][j] = activate(sizes.kind, dx[at][j], sizes.slope); }
      }
    }
  }
}
