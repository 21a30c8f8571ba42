// y[b,o] = activation(sum_i x[b,i] * w[i,o] + bias[o])          software adapters with subgroups of 4
// x [B,I]   w [I,O]   bias [O]   y [B,O]          f32, row-major, O a multiple of 4
// grid: ceil(O/32), ceil(B/16)          one workgroup = one subgroup = 16 rows; a lane owns 2 x 4 columns
// use: lib/activation
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32, kind: u32, slope: f32 }  // batch rows, input and output features; activation (lib/activation), its leak or alpha
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// Bias, and the activation that needs no code to speak of.
fn finish(sum: vec4f, n: u32) -> vec4f {
  var v = sum;
  if (HAS_BIAS) { v += bias[n]; }
  if (sizes.kind == 1u) { v = max(v, vec4f()); }
  return v;
}

// The other activations, over what was written, one at a time: inlined once, their code does not multiply the time to compile.
fn activate_rows(r: u32, first: u32) {
  let columns = sizes.O / 4u;
  for (var row = r; row < min(r + 16u, sizes.B); row++) {
    for (var n = first; n < min(first + 8u, columns); n += 4u) {
      let at = row * columns + n;
      for (var j = 0u; j < 4u; j++) { y[at][j] = activate(sizes.kind, y[at][j], sizes.slope); }
    }
  }
}

// c + sum over lanes s of (lane s's a) * bs, in one expression, so that c stays in a register.
fn reduce(c: vec4f, a: f32, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + subgroupBroadcast(a, 0u) * b0 + subgroupBroadcast(a, 1u) * b1
    + subgroupBroadcast(a, 2u) * b2 + subgroupBroadcast(a, 3u) * b3;
}

// One load of x serves 4 reduction steps, one load of w serves 16 rows.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let m = min(first + 4u, columns - 1u);
  let r = group.y * 16u;
  let last = sizes.I - 1u;
  let x0 = min(r + 0u, sizes.B - 1u) * sizes.I; let x1 = min(r + 1u, sizes.B - 1u) * sizes.I;
  let x2 = min(r + 2u, sizes.B - 1u) * sizes.I; let x3 = min(r + 3u, sizes.B - 1u) * sizes.I;
  let x4 = min(r + 4u, sizes.B - 1u) * sizes.I; let x5 = min(r + 5u, sizes.B - 1u) * sizes.I;
  let x6 = min(r + 6u, sizes.B - 1u) * sizes.I; let x7 = min(r + 7u, sizes.B - 1u) * sizes.I;
  let x8 = min(r + 8u, sizes.B - 1u) * sizes.I; let x9 = min(r + 9u, sizes.B - 1u) * sizes.I;
  let x10 = min(r + 10u, sizes.B - 1u) * sizes.I; let x11 = min(r + 11u, sizes.B - 1u) * sizes.I;
  let x12 = min(r + 12u, sizes.B - 1u) * sizes.I; let x13 = min(r + 13u, sizes.B - 1u) * sizes.I;
  let x14 = min(r + 14u, sizes.B - 1u) * sizes.I; let x15 = min(r + 15u, sizes.B - 1u) * sizes.I;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var e0 = vec4f(); var e1 = vec4f(); var e2 = vec4f(); var e3 = vec4f();
  var e4 = vec4f(); var e5 = vec4f(); var e6 = vec4f(); var e7 = vec4f();
  var e8 = vec4f(); var e9 = vec4f(); var e10 = vec4f(); var e11 = vec4f();
  var e12 = vec4f(); var e13 = vec4f(); var e14 = vec4f(); var e15 = vec4f();
  for (var k = 0u; k < sizes.I; k += 4u) {
    let k0 = k * columns;
    let k1 = min(k + 1u, last) * columns;
    let k2 = min(k + 2u, last) * columns;
    let k3 = min(k + 3u, last) * columns;
    let b0 = w[k0 + n]; let b1 = w[k1 + n]; let b2 = w[k2 + n]; let b3 = w[k3 + n];
    let d0 = w[k0 + m]; let d1 = w[k1 + m]; let d2 = w[k2 + m]; let d3 = w[k3 + m];
    let inside = k + lane < sizes.I;
    let i = min(k + lane, last);
    let a0 = select(0.0, x[x0 + i], inside); let a1 = select(0.0, x[x1 + i], inside);
    let a2 = select(0.0, x[x2 + i], inside); let a3 = select(0.0, x[x3 + i], inside);
    let a4 = select(0.0, x[x4 + i], inside); let a5 = select(0.0, x[x5 + i], inside);
    let a6 = select(0.0, x[x6 + i], inside); let a7 = select(0.0, x[x7 + i], inside);
    let a8 = select(0.0, x[x8 + i], inside); let a9 = select(0.0, x[x9 + i], inside);
    let a10 = select(0.0, x[x10 + i], inside); let a11 = select(0.0, x[x11 + i], inside);
    let a12 = select(0.0, x[x12 + i], inside); let a13 = select(0.0, x[x13 + i], inside);
    let a14 = select(0.0, x[x14 + i], inside); let a15 = select(0.0, x[x15 + i], inside);
    c0 = reduce(c0, a0, b0, b1, b2, b3); c1 = reduce(c1, a1, b0, b1, b2, b3);
    c2 = reduce(c2, a2, b0, b1, b2, b3); c3 = reduce(c3, a3, b0, b1, b2, b3);
    c4 = reduce(c4, a4, b0, b1, b2, b3); c5 = reduce(c5, a5, b0, b1, b2, b3);
    c6 = reduce(c6, a6, b0, b1, b2, b3); c7 = reduce(c7, a7, b0, b1, b2, b3);
    c8 = reduce(c8, a8, b0, b1, b2, b3); c9 = reduce(c9, a9, b0, b1, b2, b3);
    c10 = reduce(c10, a10, b0, b1, b2, b3); c11 = reduce(c11, a11, b0, b1, b2, b3);
    c12 = reduce(c12, a12, b0, b1, b2, b3); c13 = reduce(c13, a13, b0, b1, b2, b3);
    c14 = reduce(c14, a14, b0, b1, b2, b3); c15 = reduce(c15, a15, b0, b1, b2, b3);
    e0 = reduce(e0, a0, d0, d1, d2, d3); e1 = reduce(e1, a1, d0, d1, d2, d3);
    e2 = reduce(e2, a2, d0, d1, d2, d3); e3 = reduce(e3, a3, d0, d1, d2, d3);
    e4 = reduce(e4, a4, d0, d1, d2, d3); e5 = reduce(e5, a5, d0, d1, d2, d3);
    e6 = reduce(e6, a6, d0, d1, d2, d3); e7 = reduce(e7, a7, d0, d1, d2, d3);
    e8 = reduce(e8, a8, d0, d1, d2, d3); e9 = reduce(e9, a9, d0, d1, d2, d3);
    e10 = reduce(e10, a10, d0, d1, d2, d3); e11 = reduce(e11, a11, d0, d1, d2, d3);
    e12 = reduce(e12, a12, d0, d1, d2, d3); e13 = reduce(e13, a13, d0, d1, d2, d3);
    e14 = reduce(e14, a14, d0, d1, d2, d3); e15 = reduce(e15, a15, d0, d1, d2, d3);
  }
  if (first >= columns) { return; }
  if (r + 0u < sizes.B) { y[(r + 0u) * columns + n] = finish(c0, n); }
  if (r + 1u < sizes.B) { y[(r + 1u) * columns + n] = finish(c1, n); }
  if (r + 2u < sizes.B) { y[(r + 2u) * columns + n] = finish(c2, n); }
  if (r + 3u < sizes.B) { y[(r + 3u) * columns + n] = finish(c3, n); }
  if (r + 4u < sizes.B) { y[(r + 4u) * columns + n] = finish(c4, n); }
  if (r + 5u < sizes.B) { y[(r + 5u) * columns + n] = finish(c5, n); }
  if (r + 6u < sizes.B) { y[(r + 6u) * columns + n] = finish(c6, n); }
  if (r + 7u < sizes.B) { y[(r + 7u) * columns + n] = finish(c7, n); }
  if (r + 8u < sizes.B) { y[(r + 8u) * columns + n] = finish(c8, n); }
  if (r + 9u < sizes.B) { y[(r + 9u) * columns + n] = finish(c9, n); }
  if (r + 10u < sizes.B) { y[(r + 10u) * columns + n] = finish(c10, n); }
  if (r + 11u < sizes.B) { y[(r + 11u) * columns + n] = finish(c11, n); }
  if (r + 12u < sizes.B) { y[(r + 12u) * columns + n] = finish(c12, n); }
  if (r + 13u < sizes.B) { y[(r + 13u) * columns + n] = finish(c13, n); }
  if (r + 14u < sizes.B) { y[(r + 14u) * columns + n] = finish(c14, n); }
  if (r + 15u < sizes.B) { y[(r + 15u) * columns + n] = finish(c15, n); }
  if (first + 4u < columns) {
    if (r + 0u < sizes.B) { y[(r + 0u) * columns + m] = finish(e0, m); }
    if (r + 1u < sizes.B) { y[(r + 1u) * columns + m] = finish(e1, m); }
    if (r + 2u < sizes.B) { y[(r + 2u) * columns + m] = finish(e2, m); }
    if (r + 3u < sizes.B) { y[(r + 3u) * columns + m] = finish(e3, m); }
    if (r + 4u < sizes.B) { y[(r + 4u) * columns + m] = finish(e4, m); }
    if (r + 5u < sizes.B) { y[(r + 5u) * columns + m] = finish(e5, m); }
    if (r + 6u < sizes.B) { y[(r + 6u) * columns + m] = finish(e6, m); }
    if (r + 7u < sizes.B) { y[(r + 7u) * columns + m] = finish(e7, m); }
    if (r + 8u < sizes.B) { y[(r + 8u) * columns + m] = finish(e8, m); }
    if (r + 9u < sizes.B) { y[(r + 9u) * columns + m] = finish(e9, m); }
    if (r + 10u < sizes.B) { y[(r + 10u) * columns + m] = finish(e10, m); }
    if (r + 11u < sizes.B) { y[(r + 11u) * columns + m] = finish(e11, m); }
    if (r + 12u < sizes.B) { y[(r + 12u) * columns + m] = finish(e12, m); }
    if (r + 13u < sizes.B) { y[(r + 13u) * columns + m] = finish(e13, m); }
    if (r + 14u < sizes.B) { y[(r + 14u) * columns + m] = finish(e14, m); }
    if (r + 15u < sizes.B) { y[(r + 15u) * columns + m] = finish(e15, m); }
  }
  if (sizes.kind > 1u) { activate_rows(r, first); }
}
