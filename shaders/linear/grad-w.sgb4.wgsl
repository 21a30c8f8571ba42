// dw[i,o] = sum_b x[b,i] * dy[b,o]     dbias[o] = sum_b dy[b,o]     software adapters with subgroups of 4
// x [B,I]   dy [B,O]   dw [I,O]   dbias [O]       f32, row-major, O a multiple of 4
// grid: ceil(O/32), ceil(I/16)          one workgroup = one subgroup = 16 rows of dw; a lane owns 2 x 4 columns
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dbias: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// Four batch rows at once: c + s.x g0 + s.y g1 + s.z g2 + s.w g3, in one expression, so that c stays in a register.
fn rank4(c: vec4f, s: vec4f, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) -> vec4f {
  return c + s.x * g0 + s.y * g1 + s.z * g2 + s.w * g3;
}

// One load of x serves 4 rows of dw, one load of dy all 16.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let m = min(first + 4u, columns - 1u);
  let r = group.y * 16u;
  let last = sizes.I - 1u;
  let i0 = min(r + 0u + lane, last); let i1 = min(r + 4u + lane, last);
  let i2 = min(r + 8u + lane, last); let i3 = min(r + 12u + lane, last);
  var bias0 = vec4f();
  var bias1 = vec4f();
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var e0 = vec4f(); var e1 = vec4f(); var e2 = vec4f(); var e3 = vec4f();
  var e4 = vec4f(); var e5 = vec4f(); var e6 = vec4f(); var e7 = vec4f();
  var e8 = vec4f(); var e9 = vec4f(); var e10 = vec4f(); var e11 = vec4f();
  var e12 = vec4f(); var e13 = vec4f(); var e14 = vec4f(); var e15 = vec4f();
  for (var b = 0u; b < sizes.B; b += 4u) {
    let b1 = min(b + 1u, sizes.B - 1u); let b2 = min(b + 2u, sizes.B - 1u); let b3 = min(b + 3u, sizes.B - 1u);
    let x0 = b * sizes.I; let x1 = b1 * sizes.I; let x2 = b2 * sizes.I; let x3 = b3 * sizes.I;
    let g0 = dy[b * columns + n];
    let g1 = select(vec4f(), dy[b1 * columns + n], b + 1u < sizes.B);
    let g2 = select(vec4f(), dy[b2 * columns + n], b + 2u < sizes.B);
    let g3 = select(vec4f(), dy[b3 * columns + n], b + 3u < sizes.B);
    bias0 += g0 + g1 + g2 + g3;
    let h0 = dy[b * columns + m];
    let h1 = select(vec4f(), dy[b1 * columns + m], b + 1u < sizes.B);
    let h2 = select(vec4f(), dy[b2 * columns + m], b + 2u < sizes.B);
    let h3 = select(vec4f(), dy[b3 * columns + m], b + 3u < sizes.B);
    bias1 += h0 + h1 + h2 + h3;
    let p0 = vec4f(x[x0 + i0], x[x1 + i0], x[x2 + i0], x[x3 + i0]);
    let p1 = vec4f(x[x0 + i1], x[x1 + i1], x[x2 + i1], x[x3 + i1]);
    let p2 = vec4f(x[x0 + i2], x[x1 + i2], x[x2 + i2], x[x3 + i2]);
    let p3 = vec4f(x[x0 + i3], x[x1 + i3], x[x2 + i3], x[x3 + i3]);
    let s0 = subgroupBroadcast(p0, 0u);
    c0 = rank4(c0, s0, g0, g1, g2, g3);
    e0 = rank4(e0, s0, h0, h1, h2, h3);
    let s1 = subgroupBroadcast(p0, 1u);
    c1 = rank4(c1, s1, g0, g1, g2, g3);
    e1 = rank4(e1, s1, h0, h1, h2, h3);
    let s2 = subgroupBroadcast(p0, 2u);
    c2 = rank4(c2, s2, g0, g1, g2, g3);
    e2 = rank4(e2, s2, h0, h1, h2, h3);
    let s3 = subgroupBroadcast(p0, 3u);
    c3 = rank4(c3, s3, g0, g1, g2, g3);
    e3 = rank4(e3, s3, h0, h1, h2, h3);
    let s4 = subgroupBroadcast(p1, 0u);
    c4 = rank4(c4, s4, g0, g1, g2, g3);
    e4 = rank4(e4, s4, h0, h1, h2, h3);
    let s5 = subgroupBroadcast(p1, 1u);
    c5 = rank4(c5, s5, g0, g1, g2, g3);
    e5 = rank4(e5, s5, h0, h1, h2, h3);
    let s6 = subgroupBroadcast(p1, 2u);
    c6 = rank4(c6, s6, g0, g1, g2, g3);
    e6 = rank4(e6, s6, h0, h1, h2, h3);
    let s7 = subgroupBroadcast(p1, 3u);
    c7 = rank4(c7, s7, g0, g1, g2, g3);
    e7 = rank4(e7, s7, h0, h1, h2, h3);
    let s8 = subgroupBroadcast(p2, 0u);
    c8 = rank4(c8, s8, g0, g1, g2, g3);
    e8 = rank4(e8, s8, h0, h1, h2, h3);
    let s9 = subgroupBroadcast(p2, 1u);
    c9 = rank4(c9, s9, g0, g1, g2, g3);
    e9 = rank4(e9, s9, h0, h1, h2, h3);
    let s10 = subgroupBroadcast(p2, 2u);
    c10 = rank4(c10, s10, g0, g1, g2, g3);
    e10 = rank4(e10, s10, h0, h1, h2, h3);
    let s11 = subgroupBroadcast(p2, 3u);
    c11 = rank4(c11, s11, g0, g1, g2, g3);
    e11 = rank4(e11, s11, h0, h1, h2, h3);
    let s12 = subgroupBroadcast(p3, 0u);
    c12 = rank4(c12, s12, g0, g1, g2, g3);
    e12 = rank4(e12, s12, h0, h1, h2, h3);
    let s13 = subgroupBroadcast(p3, 1u);
    c13 = rank4(c13, s13, g0, g1, g2, g3);
    e13 = rank4(e13, s13, h0, h1, h2, h3);
    let s14 = subgroupBroadcast(p3, 2u);
    c14 = rank4(c14, s14, g0, g1, g2, g3);
    e14 = rank4(e14, s14, h0, h1, h2, h3);
    let s15 = subgroupBroadcast(p3, 3u);
    c15 = rank4(c15, s15, g0, g1, g2, g3);
    e15 = rank4(e15, s15, h0, h1, h2, h3);
  }
  if (first >= columns) { return; }
  if (HAS_BIAS && group.y == 0u) { dbias[n] = bias0; }
  if (r + 0u < sizes.I) { dw[(r + 0u) * columns + n] = c0; }
  if (r + 1u < sizes.I) { dw[(r + 1u) * columns + n] = c1; }
  if (r + 2u < sizes.I) { dw[(r + 2u) * columns + n] = c2; }
  if (r + 3u < sizes.I) { dw[(r + 3u) * columns + n] = c3; }
  if (r + 4u < sizes.I) { dw[(r + 4u) * columns + n] = c4; }
  if (r + 5u < sizes.I) { dw[(r + 5u) * columns + n] = c5; }
  if (r + 6u < sizes.I) { dw[(r + 6u) * columns + n] = c6; }
  if (r + 7u < sizes.I) { dw[(r + 7u) * columns + n] = c7; }
  if (r + 8u < sizes.I) { dw[(r + 8u) * columns + n] = c8; }
  if (r + 9u < sizes.I) { dw[(r + 9u) * columns + n] = c9; }
  if (r + 10u < sizes.I) { dw[(r + 10u) * columns + n] = c10; }
  if (r + 11u < sizes.I) { dw[(r + 11u) * columns + n] = c11; }
  if (r + 12u < sizes.I) { dw[(r + 12u) * columns + n] = c12; }
  if (r + 13u < sizes.I) { dw[(r + 13u) * columns + n] = c13; }
  if (r + 14u < sizes.I) { dw[(r + 14u) * columns + n] = c14; }
  if (r + 15u < sizes.I) { dw[(r + 15u) * columns + n] = c15; }
  if (first + 4u >= columns) { return; }
  if (HAS_BIAS && group.y == 0u) { dbias[m] = bias1; }
  if (r + 0u < sizes.I) { dw[(r + 0u) * columns + m] = e0; }
  if (r + 1u < sizes.I) { dw[(r + 1u) * columns + m] = e1; }
  if (r + 2u < sizes.I) { dw[(r + 2u) * columns + m] = e2; }
  if (r + 3u < sizes.I) { dw[(r + 3u) * columns + m] = e3; }
  if (r + 4u < sizes.I) { dw[(r + 4u) * columns + m] = e4; }
  if (r + 5u < sizes.I) { dw[(r + 5u) * columns + m] = e5; }
  if (r + 6u < sizes.I) { dw[(r + 6u) * columns + m] = e6; }
  if (r + 7u < sizes.I) { dw[(r + 7u) * columns + m] = e7; }
  if (r + 8u < sizes.I) { dw[(r + 8u) * columns + m] = e8; }
  if (r + 9u < sizes.I) { dw[(r + 9u) * columns + m] = e9; }
  if (r + 10u < sizes.I) { dw[(r + 10u) * columns + m] = e10; }
  if (r + 11u < sizes.I) { dw[(r + 11u) * columns + m] = e11; }
  if (r + 12u < sizes.I) { dw[(r + 12u) * columns + m] = e12; }
  if (r + 13u < sizes.I) { dw[(r + 13u) * columns + m] = e13; }
  if (r + 14u < sizes.I) { dw[(r + 14u) * columns + m] = e14; }
  if (r + 15u < sizes.I) { dw[(r + 15u) * columns + m] = e15; }
}
