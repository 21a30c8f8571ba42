// dw[i,o] = sum_b x[b,i] * dy[b,o]     dbias[o] = sum_b dy[b,o]     software adapters with subgroups of 4
// x [B,I]   dy [B,O]   dw [I,O]   dbias [O]       f32, row-major, O a multiple of 4
// grid: ceil(O/32), ceil(I/32)          one workgroup = one subgroup = 32 rows of dw; a lane owns 2 x 4 columns
// Sums in arrays, as forward.sgb4.
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dbias: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// c + the products of four batch rows, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) -> vec4f {
  return c + a.x * g0 + a.y * g1 + a.z * g2 + a.w * g3;
}

// One load of x serves 4 rows of dw, one load of dy all 32.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let m = min(first + 4u, columns - 1u);
  let r = group.y * 32u;
  let last = sizes.B - 1u;
  let i0 = min(r + 0u + lane, sizes.I - 1u); let i1 = min(r + 4u + lane, sizes.I - 1u);
  let i2 = min(r + 8u + lane, sizes.I - 1u); let i3 = min(r + 12u + lane, sizes.I - 1u);
  let i4 = min(r + 16u + lane, sizes.I - 1u); let i5 = min(r + 20u + lane, sizes.I - 1u);
  let i6 = min(r + 24u + lane, sizes.I - 1u); let i7 = min(r + 28u + lane, sizes.I - 1u);
  var bias0 = vec4f();
  var bias1 = vec4f();
  var c: array<vec4f, 32>;                         // of columns n
  var e: array<vec4f, 32>;                         // of columns m
  for (var b = 0u; b < sizes.B; b += 4u) {
    let b1 = min(b + 1u, last); let b2 = min(b + 2u, last); let b3 = min(b + 3u, last);
    let in1 = b + 1u < sizes.B; let in2 = b + 2u < sizes.B; let in3 = b + 3u < sizes.B;
    let g0 = dy[b * columns + n]; let h0 = dy[b * columns + m];
    let g1 = select(vec4f(), dy[b1 * columns + n], in1); let h1 = select(vec4f(), dy[b1 * columns + m], in1);
    let g2 = select(vec4f(), dy[b2 * columns + n], in2); let h2 = select(vec4f(), dy[b2 * columns + m], in2);
    let g3 = select(vec4f(), dy[b3 * columns + n], in3); let h3 = select(vec4f(), dy[b3 * columns + m], in3);
    bias0 += g0 + g1 + g2 + g3;
    bias1 += h0 + h1 + h2 + h3;
    let x0 = b * sizes.I; let x1 = b1 * sizes.I; let x2 = b2 * sizes.I; let x3 = b3 * sizes.I;
    let p0 = vec4f(x[x0 + i0], x[x1 + i0], x[x2 + i0], x[x3 + i0]);
    let p1 = vec4f(x[x0 + i1], x[x1 + i1], x[x2 + i1], x[x3 + i1]);
    let p2 = vec4f(x[x0 + i2], x[x1 + i2], x[x2 + i2], x[x3 + i2]);
    let p3 = vec4f(x[x0 + i3], x[x1 + i3], x[x2 + i3], x[x3 + i3]);
    let p4 = vec4f(x[x0 + i4], x[x1 + i4], x[x2 + i4], x[x3 + i4]);
    let p5 = vec4f(x[x0 + i5], x[x1 + i5], x[x2 + i5], x[x3 + i5]);
    let p6 = vec4f(x[x0 + i6], x[x1 + i6], x[x2 + i6], x[x3 + i6]);
    let p7 = vec4f(x[x0 + i7], x[x1 + i7], x[x2 + i7], x[x3 + i7]);
    let s0 = subgroupBroadcast(p0, 0u); c[0] = rank4(c[0], s0, g0, g1, g2, g3); e[0] = rank4(e[0], s0, h0, h1, h2, h3);
    let s1 = subgroupBroadcast(p0, 1u); c[1] = rank4(c[1], s1, g0, g1, g2, g3); e[1] = rank4(e[1], s1, h0, h1, h2, h3);
    let s2 = subgroupBroadcast(p0, 2u); c[2] = rank4(c[2], s2, g0, g1, g2, g3); e[2] = rank4(e[2], s2, h0, h1, h2, h3);
    let s3 = subgroupBroadcast(p0, 3u); c[3] = rank4(c[3], s3, g0, g1, g2, g3); e[3] = rank4(e[3], s3, h0, h1, h2, h3);
    let s4 = subgroupBroadcast(p1, 0u); c[4] = rank4(c[4], s4, g0, g1, g2, g3); e[4] = rank4(e[4], s4, h0, h1, h2, h3);
    let s5 = subgroupBroadcast(p1, 1u); c[5] = rank4(c[5], s5, g0, g1, g2, g3); e[5] = rank4(e[5], s5, h0, h1, h2, h3);
    let s6 = subgroupBroadcast(p1, 2u); c[6] = rank4(c[6], s6, g0, g1, g2, g3); e[6] = rank4(e[6], s6, h0, h1, h2, h3);
    let s7 = subgroupBroadcast(p1, 3u); c[7] = rank4(c[7], s7, g0, g1, g2, g3); e[7] = rank4(e[7], s7, h0, h1, h2, h3);
    let s8 = subgroupBroadcast(p2, 0u); c[8] = rank4(c[8], s8, g0, g1, g2, g3); e[8] = rank4(e[8], s8, h0, h1, h2, h3);
    let s9 = subgroupBroadcast(p2, 1u); c[9] = rank4(c[9], s9, g0, g1, g2, g3); e[9] = rank4(e[9], s9, h0, h1, h2, h3);
    let s10 = subgroupBroadcast(p2, 2u); c[10] = rank4(c[10], s10, g0, g1, g2, g3); e[10] = rank4(e[10], s10, h0, h1, h2, h3);
    let s11 = subgroupBroadcast(p2, 3u); c[11] = rank4(c[11], s11, g0, g1, g2, g3); e[11] = rank4(e[11], s11, h0, h1, h2, h3);
    let s12 = subgroupBroadcast(p3, 0u); c[12] = rank4(c[12], s12, g0, g1, g2, g3); e[12] = rank4(e[12], s12, h0, h1, h2, h3);
    let s13 = subgroupBroadcast(p3, 1u); c[13] = rank4(c[13], s13, g0, g1, g2, g3); e[13] = rank4(e[13], s13, h0, h1, h2, h3);
    let s14 = subgroupBroadcast(p3, 2u); c[14] = rank4(c[14], s14, g0, g1, g2, g3); e[14] = rank4(e[14], s14, h0, h1, h2, h3);
    let s15 = subgroupBroadcast(p3, 3u); c[15] = rank4(c[15], s15, g0, g1, g2, g3); e[15] = rank4(e[15], s15, h0, h1, h2, h3);
    let s16 = subgroupBroadcast(p4, 0u); c[16] = rank4(c[16], s16, g0, g1, g2, g3); e[16] = rank4(e[16], s16, h0, h1, h2, h3);
    let s17 = subgroupBroadcast(p4, 1u); c[17] = rank4(c[17], s17, g0, g1, g2, g3); e[17] = rank4(e[17], s17, h0, h1, h2, h3);
    let s18 = subgroupBroadcast(p4, 2u); c[18] = rank4(c[18], s18, g0, g1, g2, g3); e[18] = rank4(e[18], s18, h0, h1, h2, h3);
    let s19 = subgroupBroadcast(p4, 3u); c[19] = rank4(c[19], s19, g0, g1, g2, g3); e[19] = rank4(e[19], s19, h0, h1, h2, h3);
    let s20 = subgroupBroadcast(p5, 0u); c[20] = rank4(c[20], s20, g0, g1, g2, g3); e[20] = rank4(e[20], s20, h0, h1, h2, h3);
    let s21 = subgroupBroadcast(p5, 1u); c[21] = rank4(c[21], s21, g0, g1, g2, g3); e[21] = rank4(e[21], s21, h0, h1, h2, h3);
    let s22 = subgroupBroadcast(p5, 2u); c[22] = rank4(c[22], s22, g0, g1, g2, g3); e[22] = rank4(e[22], s22, h0, h1, h2, h3);
    let s23 = subgroupBroadcast(p5, 3u); c[23] = rank4(c[23], s23, g0, g1, g2, g3); e[23] = rank4(e[23], s23, h0, h1, h2, h3);
    let s24 = subgroupBroadcast(p6, 0u); c[24] = rank4(c[24], s24, g0, g1, g2, g3); e[24] = rank4(e[24], s24, h0, h1, h2, h3);
    let s25 = subgroupBroadcast(p6, 1u); c[25] = rank4(c[25], s25, g0, g1, g2, g3); e[25] = rank4(e[25], s25, h0, h1, h2, h3);
    let s26 = subgroupBroadcast(p6, 2u); c[26] = rank4(c[26], s26, g0, g1, g2, g3); e[26] = rank4(e[26], s26, h0, h1, h2, h3);
    let s27 = subgroupBroadcast(p6, 3u); c[27] = rank4(c[27], s27, g0, g1, g2, g3); e[27] = rank4(e[27], s27, h0, h1, h2, h3);
    let s28 = subgroupBroadcast(p7, 0u); c[28] = rank4(c[28], s28, g0, g1, g2, g3); e[28] = rank4(e[28], s28, h0, h1, h2, h3);
    let s29 = subgroupBroadcast(p7, 1u); c[29] = rank4(c[29], s29, g0, g1, g2, g3); e[29] = rank4(e[29], s29, h0, h1, h2, h3);
    let s30 = subgroupBroadcast(p7, 2u); c[30] = rank4(c[30], s30, g0, g1, g2, g3); e[30] = rank4(e[30], s30, h0, h1, h2, h3);
    let s31 = subgroupBroadcast(p7, 3u); c[31] = rank4(c[31], s31, g0, g1, g2, g3); e[31] = rank4(e[31], s31, h0, h1, h2, h3);
  }
  if (HAS_BIAS && group.y == 0u) {
    if (first < columns) { dbias[n] = bias0; }
    if (first + 4u < columns) { dbias[m] = bias1; }
  }
  let count = min(32u, sizes.I - r);
  if (first < columns) { for (var i = 0u; i < count; i++) { dw[(r + i) * columns + n] = c[i]; } }
  if (first + 4u < columns) { for (var i = 0u; i < count; i++) { dw[(r + i) * columns + m] = e[i]; } }
}
