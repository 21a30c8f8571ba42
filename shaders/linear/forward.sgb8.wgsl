// y[b,o] = activation(sum_i x[b,i] * w[i,o] + bias[o])          software adapters with subgroups of 8
// x [B,I]   w [I,O]   bias [O]   y [B,O]          f32, row-major, O a multiple of 4
// grid: ceil(O/32), ceil(B/32)          one workgroup = one subgroup = 32 rows; a lane owns 4 columns
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
  for (var row = r; row < min(r + 32u, sizes.B); row++) {
    for (var n = first; n < min(first + 8u, columns); n += 8u) {
      let at = row * columns + n;
      for (var j = 0u; j < 4u; j++) { y[at][j] = activate(sizes.kind, y[at][j], sizes.slope); }
    }
  }
}

// c + sum over lanes s of (lane s's a) * bs, in one expression, so that c stays in a register.
fn reduce(c: vec4f, a: f32, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f, b4: vec4f, b5: vec4f, b6: vec4f, b7: vec4f) -> vec4f {
  return c + subgroupBroadcast(a, 0u) * b0 + subgroupBroadcast(a, 1u) * b1 + subgroupBroadcast(a, 2u) * b2 + subgroupBroadcast(a, 3u) * b3
    + subgroupBroadcast(a, 4u) * b4 + subgroupBroadcast(a, 5u) * b5 + subgroupBroadcast(a, 6u) * b6 + subgroupBroadcast(a, 7u) * b7;
}

// One load of x serves 8 reduction steps, one load of w serves 32 rows.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let r = group.y * 32u;
  let last = sizes.I - 1u;
  let x0 = min(r + 0u, sizes.B - 1u) * sizes.I; let x1 = min(r + 1u, sizes.B - 1u) * sizes.I;
  let x2 = min(r + 2u, sizes.B - 1u) * sizes.I; let x3 = min(r + 3u, sizes.B - 1u) * sizes.I;
  let x4 = min(r + 4u, sizes.B - 1u) * sizes.I; let x5 = min(r + 5u, sizes.B - 1u) * sizes.I;
  let x6 = min(r + 6u, sizes.B - 1u) * sizes.I; let x7 = min(r + 7u, sizes.B - 1u) * sizes.I;
  let x8 = min(r + 8u, sizes.B - 1u) * sizes.I; let x9 = min(r + 9u, sizes.B - 1u) * sizes.I;
  let x10 = min(r + 10u, sizes.B - 1u) * sizes.I; let x11 = min(r + 11u, sizes.B - 1u) * sizes.I;
  let x12 = min(r + 12u, sizes.B - 1u) * sizes.I; let x13 = min(r + 13u, sizes.B - 1u) * sizes.I;
  let x14 = min(r + 14u, sizes.B - 1u) * sizes.I; let x15 = min(r + 15u, sizes.B - 1u) * sizes.I;
  let x16 = min(r + 16u, sizes.B - 1u) * sizes.I; let x17 = min(r + 17u, sizes.B - 1u) * sizes.I;
  let x18 = min(r + 18u, sizes.B - 1u) * sizes.I; let x19 = min(r + 19u, sizes.B - 1u) * sizes.I;
  let x20 = min(r + 20u, sizes.B - 1u) * sizes.I; let x21 = min(r + 21u, sizes.B - 1u) * sizes.I;
  let x22 = min(r + 22u, sizes.B - 1u) * sizes.I; let x23 = min(r + 23u, sizes.B - 1u) * sizes.I;
  let x24 = min(r + 24u, sizes.B - 1u) * sizes.I; let x25 = min(r + 25u, sizes.B - 1u) * sizes.I;
  let x26 = min(r + 26u, sizes.B - 1u) * sizes.I; let x27 = min(r + 27u, sizes.B - 1u) * sizes.I;
  let x28 = min(r + 28u, sizes.B - 1u) * sizes.I; let x29 = min(r + 29u, sizes.B - 1u) * sizes.I;
  let x30 = min(r + 30u, sizes.B - 1u) * sizes.I; let x31 = min(r + 31u, sizes.B - 1u) * sizes.I;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
  for (var k = 0u; k < sizes.I; k += 8u) {
    let k0 = k * columns;
    let k1 = min(k + 1u, last) * columns;
    let k2 = min(k + 2u, last) * columns;
    let k3 = min(k + 3u, last) * columns;
    let k4 = min(k + 4u, last) * columns;
    let k5 = min(k + 5u, last) * columns;
    let k6 = min(k + 6u, last) * columns;
    let k7 = min(k + 7u, last) * columns;
    let b0 = w[k0 + n]; let b1 = w[k1 + n]; let b2 = w[k2 + n]; let b3 = w[k3 + n];
    let b4 = w[k4 + n]; let b5 = w[k5 + n]; let b6 = w[k6 + n]; let b7 = w[k7 + n];
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
    let a16 = select(0.0, x[x16 + i], inside); let a17 = select(0.0, x[x17 + i], inside);
    let a18 = select(0.0, x[x18 + i], inside); let a19 = select(0.0, x[x19 + i], inside);
    let a20 = select(0.0, x[x20 + i], inside); let a21 = select(0.0, x[x21 + i], inside);
    let a22 = select(0.0, x[x22 + i], inside); let a23 = select(0.0, x[x23 + i], inside);
    let a24 = select(0.0, x[x24 + i], inside); let a25 = select(0.0, x[x25 + i], inside);
    let a26 = select(0.0, x[x26 + i], inside); let a27 = select(0.0, x[x27 + i], inside);
    let a28 = select(0.0, x[x28 + i], inside); let a29 = select(0.0, x[x29 + i], inside);
    let a30 = select(0.0, x[x30 + i], inside); let a31 = select(0.0, x[x31 + i], inside);
    c0 = reduce(c0, a0, b0, b1, b2, b3, b4, b5, b6, b7);
    c1 = reduce(c1, a1, b0, b1, b2, b3, b4, b5, b6, b7);
    c2 = reduce(c2, a2, b0, b1, b2, b3, b4, b5, b6, b7);
    c3 = reduce(c3, a3, b0, b1, b2, b3, b4, b5, b6, b7);
    c4 = reduce(c4, a4, b0, b1, b2, b3, b4, b5, b6, b7);
    c5 = reduce(c5, a5, b0, b1, b2, b3, b4, b5, b6, b7);
    c6 = reduce(c6, a6, b0, b1, b2, b3, b4, b5, b6, b7);
    c7 = reduce(c7, a7, b0, b1, b2, b3, b4, b5, b6, b7);
    c8 = reduce(c8, a8, b0, b1, b2, b3, b4, b5, b6, b7);
    c9 = reduce(c9, a9, b0, b1, b2, b3, b4, b5, b6, b7);
    c10 = reduce(c10, a10, b0, b1, b2, b3, b4, b5, b6, b7);
    c11 = reduce(c11, a11, b0, b1, b2, b3, b4, b5, b6, b7);
    c12 = reduce(c12, a12, b0, b1, b2, b3, b4, b5, b6, b7);
    c13 = reduce(c13, a13, b0, b1, b2, b3, b4, b5, b6, b7);
    c14 = reduce(c14, a14, b0, b1, b2, b3, b4, b5, b6, b7);
    c15 = reduce(c15, a15, b0, b1, b2, b3, b4, b5, b6, b7);
    c16 = reduce(c16, a16, b0, b1, b2, b3, b4, b5, b6, b7);
    c17 = reduce(c17, a17, b0, b1, b2, b3, b4, b5, b6, b7);
    c18 = reduce(c18, a18, b0, b1, b2, b3, b4, b5, b6, b7);
    c19 = reduce(c19, a19, b0, b1, b2, b3, b4, b5, b6, b7);
    c20 = reduce(c20, a20, b0, b1, b2, b3, b4, b5, b6, b7);
    c21 = reduce(c21, a21, b0, b1, b2, b3, b4, b5, b6, b7);
    c22 = reduce(c22, a22, b0, b1, b2, b3, b4, b5, b6, b7);
    c23 = reduce(c23, a23, b0, b1, b2, b3, b4, b5, b6, b7);
    c24 = reduce(c24, a24, b0, b1, b2, b3, b4, b5, b6, b7);
    c25 = reduce(c25, a25, b0, b1, b2, b3, b4, b5, b6, b7);
    c26 = reduce(c26, a26, b0, b1, b2, b3, b4, b5, b6, b7);
    c27 = reduce(c27, a27, b0, b1, b2, b3, b4, b5, b6, b7);
    c28 = reduce(c28, a28, b0, b1, b2, b3, b4, b5, b6, b7);
    c29 = reduce(c29, a29, b0, b1, b2, b3, b4, b5, b6, b7);
    c30 = reduce(c30, a30, b0, b1, b2, b3, b4, b5, b6, b7);
    c31 = reduce(c31, a31, b0, b1, b2, b3, b4, b5, b6, b7);
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
  if (r + 16u < sizes.B) { y[(r + 16u) * columns + n] = finish(c16, n); }
  if (r + 17u < sizes.B) { y[(r + 17u) * columns + n] = finish(c17, n); }
  if (r + 18u < sizes.B) { y[(r + 18u) * columns + n] = finish(c18, n); }
  if (r + 19u < sizes.B) { y[(r + 19u) * columns + n] = finish(c19, n); }
  if (r + 20u < sizes.B) { y[(r + 20u) * columns + n] = finish(c20, n); }
  if (r + 21u < sizes.B) { y[(r + 21u) * columns + n] = finish(c21, n); }
  if (r + 22u < sizes.B) { y[(r + 22u) * columns + n] = finish(c22, n); }
  if (r + 23u < sizes.B) { y[(r + 23u) * columns + n] = finish(c23, n); }
  if (r + 24u < sizes.B) { y[(r + 24u) * columns + n] = finish(c24, n); }
  if (r + 25u < sizes.B) { y[(r + 25u) * columns + n] = finish(c25, n); }
  if (r + 26u < sizes.B) { y[(r + 26u) * columns + n] = finish(c26, n); }
  if (r + 27u < sizes.B) { y[(r + 27u) * columns + n] = finish(c27, n); }
  if (r + 28u < sizes.B) { y[(r + 28u) * columns + n] = finish(c28, n); }
  if (r + 29u < sizes.B) { y[(r + 29u) * columns + n] = finish(c29, n); }
  if (r + 30u < sizes.B) { y[(r + 30u) * columns + n] = finish(c30, n); }
  if (r + 31u < sizes.B) { y[(r + 31u) * columns + n] = finish(c31, n); }
  if (sizes.kind > 1u) { activate_rows(r, first); }
}
