// partials[slice,ky,kx,i,o] = sum_{b,p of the slice,q} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * dy[b,p,q,o]
// x [B,H,W,I]   dy [B,P,Q,O]   partials [slices,KH,KW,I,O]        f32, row-major, I and O multiples of 4, one group
// grid: ceil(O/32), ceil(KH*KW*I/32), slices      one workgroup = one subgroup of 4 = 32 rows (ky,kx,i) of a slice; a lane owns 2 x 4 columns
// Software adapters, as forward.sgb4. A slice is `part` rows (b,p) of y; grad-w-sum adds them up.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, slices: u32, part: u32,                 // groups: 1 here; slices, and rows of y in each
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Row and column of a tap against the first one, which wrap above and left of x, and its channel in vectors of 4.
fn tap_of(row: u32) -> vec3u {
  let at = min(row, sizes.KH * sizes.KW * sizes.I - 4u);
  let down = at / (sizes.I * sizes.KW) * sizes.DH - sizes.top;
  let right = at / sizes.I % sizes.KW * sizes.DW - sizes.left;
  return vec3u(down, right, at % sizes.I / 4u);
}

// The row of x under a tap of row l of y, as the pixel it begins with; 0xffffffff outside of x.
fn row_of(l: u32, tap: vec3u) -> u32 {
  let row = l % sizes.P * sizes.SH + tap.x;
  return select(0xffffffffu, (l / sizes.P * sizes.H + row) * sizes.W, row < sizes.H);
}

fn fetch(row: u32, q: u32, tap: vec3u) -> vec4f {
  let column = q * sizes.SW + tap.y;
  let inside = (row != 0xffffffffu) & (q < sizes.Q) & (column < sizes.W);
  return select(vec4f(), x[select(0u, (row + column) * (sizes.I / 4u) + tap.z, inside)], inside);
}

// c + the products of four pixels.
fn rank4(c: vec4f, a: vec4f, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) -> vec4f {
  return c + a.x * g0 + a.y * g1 + a.z * g2 + a.w * g3;
}

// A lane loads 4 rows of a pixel of x, so that one load of x serves 16, and one of dy all 32.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let m = min(first + 4u, columns - 1u);
  let r = group.y * 32u;
  let t = tap_of(r + 4u * lane); let u = tap_of(r + 16u + 4u * lane);
  var c: array<vec4f, 32>;                         // of columns n
  var e: array<vec4f, 32>;                         // of columns m
  let end = min((group.z + 1u) * sizes.part, sizes.B * sizes.P);
  for (var l = group.z * sizes.part; l < end; l++) {
    let t_row = row_of(l, t); let u_row = row_of(l, u);
    for (var q = 0u; q < sizes.Q; q += 4u) {
      let q0 = (l * sizes.Q + q) * columns;
      let q1 = (l * sizes.Q + min(q + 1u, sizes.Q - 1u)) * columns;
      let q2 = (l * sizes.Q + min(q + 2u, sizes.Q - 1u)) * columns;
      let q3 = (l * sizes.Q + min(q + 3u, sizes.Q - 1u)) * columns;
      let g0 = dy[q0 + n]; let g1 = dy[q1 + n]; let g2 = dy[q2 + n]; let g3 = dy[q3 + n];
      let h0 = dy[q0 + m]; let h1 = dy[q1 + m]; let h2 = dy[q2 + m]; let h3 = dy[q3 + m];
      let t0 = fetch(t_row, q, t); let t1 = fetch(t_row, q + 1u, t); let t2 = fetch(t_row, q + 2u, t); let t3 = fetch(t_row, q + 3u, t);
      let u0 = fetch(u_row, q, u); let u1 = fetch(u_row, q + 1u, u); let u2 = fetch(u_row, q + 2u, u); let u3 = fetch(u_row, q + 3u, u);
      let a0 = vec4f(t0.x, t1.x, t2.x, t3.x); let a1 = vec4f(t0.y, t1.y, t2.y, t3.y);
      let a2 = vec4f(t0.z, t1.z, t2.z, t3.z); let a3 = vec4f(t0.w, t1.w, t2.w, t3.w);
      let a4 = vec4f(u0.x, u1.x, u2.x, u3.x); let a5 = vec4f(u0.y, u1.y, u2.y, u3.y);
      let a6 = vec4f(u0.z, u1.z, u2.z, u3.z); let a7 = vec4f(u0.w, u1.w, u2.w, u3.w);
      let s0 = subgroupBroadcast(a0, 0u); c[0] = rank4(c[0], s0, g0, g1, g2, g3); e[0] = rank4(e[0], s0, h0, h1, h2, h3);
      let s1 = subgroupBroadcast(a1, 0u); c[1] = rank4(c[1], s1, g0, g1, g2, g3); e[1] = rank4(e[1], s1, h0, h1, h2, h3);
      let s2 = subgroupBroadcast(a2, 0u); c[2] = rank4(c[2], s2, g0, g1, g2, g3); e[2] = rank4(e[2], s2, h0, h1, h2, h3);
      let s3 = subgroupBroadcast(a3, 0u); c[3] = rank4(c[3], s3, g0, g1, g2, g3); e[3] = rank4(e[3], s3, h0, h1, h2, h3);
      let s4 = subgroupBroadcast(a0, 1u); c[4] = rank4(c[4], s4, g0, g1, g2, g3); e[4] = rank4(e[4], s4, h0, h1, h2, h3);
      let s5 = subgroupBroadcast(a1, 1u); c[5] = rank4(c[5], s5, g0, g1, g2, g3); e[5] = rank4(e[5], s5, h0, h1, h2, h3);
      let s6 = subgroupBroadcast(a2, 1u); c[6] = rank4(c[6], s6, g0, g1, g2, g3); e[6] = rank4(e[6], s6, h0, h1, h2, h3);
      let s7 = subgroupBroadcast(a3, 1u); c[7] = rank4(c[7], s7, g0, g1, g2, g3); e[7] = rank4(e[7], s7, h0, h1, h2, h3);
      let s8 = subgroupBroadcast(a0, 2u); c[8] = rank4(c[8], s8, g0, g1, g2, g3); e[8] = rank4(e[8], s8, h0, h1, h2, h3);
      let s9 = subgroupBroadcast(a1, 2u); c[9] = rank4(c[9], s9, g0, g1, g2, g3); e[9] = rank4(e[9], s9, h0, h1, h2, h3);
      let s10 = subgroupBroadcast(a2, 2u); c[10] = rank4(c[10], s10, g0, g1, g2, g3); e[10] = rank4(e[10], s10, h0, h1, h2, h3);
      let s11 = subgroupBroadcast(a3, 2u); c[11] = rank4(c[11], s11, g0, g1, g2, g3); e[11] = rank4(e[11], s11, h0, h1, h2, h3);
      let s12 = subgroupBroadcast(a0, 3u); c[12] = rank4(c[12], s12, g0, g1, g2, g3); e[12] = rank4(e[12], s12, h0, h1, h2, h3);
      let s13 = subgroupBroadcast(a1, 3u); c[13] = rank4(c[13], s13, g0, g1, g2, g3); e[13] = rank4(e[13], s13, h0, h1, h2, h3);
      let s14 = subgroupBroadcast(a2, 3u); c[14] = rank4(c[14], s14, g0, g1, g2, g3); e[14] = rank4(e[14], s14, h0, h1, h2, h3);
      let s15 = subgroupBroadcast(a3, 3u); c[15] = rank4(c[15], s15, g0, g1, g2, g3); e[15] = rank4(e[15], s15, h0, h1, h2, h3);
      let s16 = subgroupBroadcast(a4, 0u); c[16] = rank4(c[16], s16, g0, g1, g2, g3); e[16] = rank4(e[16], s16, h0, h1, h2, h3);
      let s17 = subgroupBroadcast(a5, 0u); c[17] = rank4(c[17], s17, g0, g1, g2, g3); e[17] = rank4(e[17], s17, h0, h1, h2, h3);
      let s18 = subgroupBroadcast(a6, 0u); c[18] = rank4(c[18], s18, g0, g1, g2, g3); e[18] = rank4(e[18], s18, h0, h1, h2, h3);
      let s19 = subgroupBroadcast(a7, 0u); c[19] = rank4(c[19], s19, g0, g1, g2, g3); e[19] = rank4(e[19], s19, h0, h1, h2, h3);
      let s20 = subgroupBroadcast(a4, 1u); c[20] = rank4(c[20], s20, g0, g1, g2, g3); e[20] = rank4(e[20], s20, h0, h1, h2, h3);
      let s21 = subgroupBroadcast(a5, 1u); c[21] = rank4(c[21], s21, g0, g1, g2, g3); e[21] = rank4(e[21], s21, h0, h1, h2, h3);
      let s22 = subgroupBroadcast(a6, 1u); c[22] = rank4(c[22], s22, g0, g1, g2, g3); e[22] = rank4(e[22], s22, h0, h1, h2, h3);
      let s23 = subgroupBroadcast(a7, 1u); c[23] = rank4(c[23], s23, g0, g1, g2, g3); e[23] = rank4(e[23], s23, h0, h1, h2, h3);
      let s24 = subgroupBroadcast(a4, 2u); c[24] = rank4(c[24], s24, g0, g1, g2, g3); e[24] = rank4(e[24], s24, h0, h1, h2, h3);
      let s25 = subgroupBroadcast(a5, 2u); c[25] = rank4(c[25], s25, g0, g1, g2, g3); e[25] = rank4(e[25], s25, h0, h1, h2, h3);
      let s26 = subgroupBroadcast(a6, 2u); c[26] = rank4(c[26], s26, g0, g1, g2, g3); e[26] = rank4(e[26], s26, h0, h1, h2, h3);
      let s27 = subgroupBroadcast(a7, 2u); c[27] = rank4(c[27], s27, g0, g1, g2, g3); e[27] = rank4(e[27], s27, h0, h1, h2, h3);
      let s28 = subgroupBroadcast(a4, 3u); c[28] = rank4(c[28], s28, g0, g1, g2, g3); e[28] = rank4(e[28], s28, h0, h1, h2, h3);
      let s29 = subgroupBroadcast(a5, 3u); c[29] = rank4(c[29], s29, g0, g1, g2, g3); e[29] = rank4(e[29], s29, h0, h1, h2, h3);
      let s30 = subgroupBroadcast(a6, 3u); c[30] = rank4(c[30], s30, g0, g1, g2, g3); e[30] = rank4(e[30], s30, h0, h1, h2, h3);
      let s31 = subgroupBroadcast(a7, 3u); c[31] = rank4(c[31], s31, g0, g1, g2, g3); e[31] = rank4(e[31], s31, h0, h1, h2, h3);
    }
  }
  let rows = sizes.KH * sizes.KW * sizes.I;
  let base = (group.z * rows + r) * columns;
  let count = min(32u, rows - r);
  if (first < columns) { for (var i = 0u; i < count; i++) { partials[base + i * columns + n] = c[i]; } }
  if (first + 4u < columns) { for (var i = 0u; i < count; i++) { partials[base + i * columns + m] = e[i]; } }
}
