// y[b,o] = activation(sum_i x[b,i] * w[i,o] + bias[o])          software adapters with subgroups of 4
// x [B,I]   w [I,O]   bias [O]   y [B,O]          f32, row-major, O a multiple of 4
// grid: ceil(O/32), ceil(B/32)          one workgroup = one subgroup = 32 rows; a lane owns 2 x 4 columns
// use: lib/activation
// Sums in arrays: SwiftShader keeps no sum in a register anyway, and compiles them sooner.
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32, kind: u32, slope: f32 }  // batch rows, input and output features; activation (lib/activation), its leak or alpha
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
fn activate_rows(r: u32, first: u32) {
  let columns = sizes.O / 4u;
  for (var row = r; row < min(r + 32u, sizes.B); row++) {
    for (var n = first; n < min(first + 8u, columns); n += 4u) {
      let at = row * columns + n;
      for (var j = 0u; j < 4u; j++) { y[at][j] = activate(sizes.kind, y[at][j], sizes.slope); }
    }
  }
}

// Four neighbours of a row of x from k on; 0 beyond its end.
fn fetch(row: u32, k: u32) -> vec4f {
  let last = sizes.I - 1u;
  let four = vec4f(x[row + k], x[row + min(k + 1u, last)], x[row + min(k + 2u, last)], x[row + min(k + 3u, last)]);
  return select(vec4f(), four, vec4u(k, k + 1u, k + 2u, k + 3u) < vec4u(sizes.I));
}

// c + a.x b0 + a.y b1 + a.z b2 + a.w b3, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

// A lane loads 4 neighbours of a row, so that one load of x serves 4 rows, and one load of w serves 32.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let m = min(first + 4u, columns - 1u);
  let r = group.y * 32u;
  let last = sizes.I - 1u;
  let x0 = min(r + 0u + lane, sizes.B - 1u) * sizes.I; let x1 = min(r + 4u + lane, sizes.B - 1u) * sizes.I;
  let x2 = min(r + 8u + lane, sizes.B - 1u) * sizes.I; let x3 = min(r + 12u + lane, sizes.B - 1u) * sizes.I;
  let x4 = min(r + 16u + lane, sizes.B - 1u) * sizes.I; let x5 = min(r + 20u + lane, sizes.B - 1u) * sizes.I;
  let x6 = min(r + 24u + lane, sizes.B - 1u) * sizes.I; let x7 = min(r + 28u + lane, sizes.B - 1u) * sizes.I;
  var c: array<vec4f, 32>;                         // of columns n
  var e: array<vec4f, 32>;                         // of columns m
  for (var k = 0u; k < sizes.I; k += 4u) {
    let k0 = k * columns;
    let k1 = min(k + 1u, last) * columns; let k2 = min(k + 2u, last) * columns; let k3 = min(k + 3u, last) * columns;
    let b0 = w[k0 + n]; let b1 = w[k1 + n]; let b2 = w[k2 + n]; let b3 = w[k3 + n];
    let d0 = w[k0 + m]; let d1 = w[k1 + m]; let d2 = w[k2 + m]; let d3 = w[k3 + m];
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
  let count = min(32u, sizes.B - r);
  var shift = vec4f(); var shift_m = vec4f();
  if (HAS_BIAS) { shift = bias[n]; shift_m = bias[m]; }
  if (first < columns) { for (var i = 0u; i < count; i++) { y[(r + i) * columns + n] = finish(c[i], shift); } }
  if (first + 4u < columns) { for (var i = 0u; i < count; i++) { y[(r + i) * columns + m] = finish(e[i], shift_m); } }
  if (sizes.kind > 1u) { activate_rows(r, first); }
}
