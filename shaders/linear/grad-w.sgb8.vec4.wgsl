// dw[i,o] = sum_b x[b,i] * dy[b,o]     dbias[o] = sum_b dy[b,o]     software adapters with subgroups of 8
// x [B,I]   dy [B,O]   dw [I,O]   dbias [O]       f32, row-major, I and O multiples of 4
// grid: ceil(O/32), ceil(I/32)          one workgroup = one subgroup = 32 rows of dw; a lane owns 4 columns
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dbias: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// c + the products of four batch rows, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) -> vec4f {
  return c + a.x * g0 + a.y * g1 + a.z * g2 + a.w * g3;
}

// A lane loads 4 rows of dw: one load of x and one of dy serve all 32.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let r = group.y * 32u;
  let last = sizes.B - 1u;
  let quads = sizes.I / 4u;
  let i = min(r / 4u + lane, quads - 1u);
  var bias0 = vec4f();
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
  for (var b = 0u; b < sizes.B; b += 4u) {
    let b1 = min(b + 1u, last); let b2 = min(b + 2u, last); let b3 = min(b + 3u, last);
    let g0 = dy[b * columns + n];
    let g1 = select(vec4f(), dy[b1 * columns + n], b + 1u < sizes.B);
    let g2 = select(vec4f(), dy[b2 * columns + n], b + 2u < sizes.B);
    let g3 = select(vec4f(), dy[b3 * columns + n], b + 3u < sizes.B);
    bias0 += g0 + g1 + g2 + g3;
    let a0 = x[b * quads + i]; let a1 = x[b1 * quads + i]; let a2 = x[b2 * quads + i]; let a3 = x[b3 * quads + i];
    let p0 = vec4f(a0.x, a1.x, a2.x, a3.x); let p1 = vec4f(a0.y, a1.y, a2.y, a3.y);
    let p2 = vec4f(a0.z, a1.z, a2.z, a3.z); let p3 = vec4f(a0.w, a1.w, a2.w, a3.w);
    c0 = rank4(c0, subgroupShuffle(p0, 0u), g0, g1, g2, g3); c1 = rank4(c1, subgroupShuffle(p1, 0u), g0, g1, g2, g3);
    c2 = rank4(c2, subgroupShuffle(p2, 0u), g0, g1, g2, g3); c3 = rank4(c3, subgroupShuffle(p3, 0u), g0, g1, g2, g3);
    c4 = rank4(c4, subgroupShuffle(p0, 1u), g0, g1, g2, g3); c5 = rank4(c5, subgroupShuffle(p1, 1u), g0, g1, g2, g3);
    c6 = rank4(c6, subgroupShuffle(p2, 1u), g0, g1, g2, g3); c7 = rank4(c7, subgroupShuffle(p3, 1u), g0, g1, g2, g3);
    c8 = rank4(c8, subgroupShuffle(p0, 2u), g0, g1, g2, g3); c9 = rank4(c9, subgroupShuffle(p1, 2u), g0, g1, g2, g3);
    c10 = rank4(c10, subgroupShuffle(p2, 2u), g0, g1, g2, g3); c11 = rank4(c11, subgroupShuffle(p3, 2u), g0, g1, g2, g3);
    c12 = rank4(c12, subgroupShuffle(p0, 3u), g0, g1, g2, g3); c13 = rank4(c13, subgroupShuffle(p1, 3u), g0, g1, g2, g3);
    c14 = rank4(c14, subgroupShuffle(p2, 3u), g0, g1, g2, g3); c15 = rank4(c15, subgroupShuffle(p3, 3u), g0, g1, g2, g3);
    c16 = rank4(c16, subgroupShuffle(p0, 4u), g0, g1, g2, g3); c17 = rank4(c17, subgroupShuffle(p1, 4u), g0, g1, g2, g3);
    c18 = rank4(c18, subgroupShuffle(p2, 4u), g0, g1, g2, g3); c19 = rank4(c19, subgroupShuffle(p3, 4u), g0, g1, g2, g3);
    c20 = rank4(c20, subgroupShuffle(p0, 5u), g0, g1, g2, g3); c21 = rank4(c21, subgroupShuffle(p1, 5u), g0, g1, g2, g3);
    c22 = rank4(c22, subgroupShuffle(p2, 5u), g0, g1, g2, g3); c23 = rank4(c23, subgroupShuffle(p3, 5u), g0, g1, g2, g3);
    c24 = rank4(c24, subgroupShuffle(p0, 6u), g0, g1, g2, g3); c25 = rank4(c25, subgroupShuffle(p1, 6u), g0, g1, g2, g3);
    c26 = rank4(c26, subgroupShuffle(p2, 6u), g0, g1, g2, g3); c27 = rank4(c27, subgroupShuffle(p3, 6u), g0, g1, g2, g3);
    c28 = rank4(c28, subgroupShuffle(p0, 7u), g0, g1, g2, g3); c29 = rank4(c29, subgroupShuffle(p1, 7u), g0, g1, g2, g3);
    c30 = rank4(c30, subgroupShuffle(p2, 7u), g0, g1, g2, g3); c31 = rank4(c31, subgroupShuffle(p3, 7u), g0, g1, g2, g3);
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
  if (r + 16u < sizes.I) { dw[(r + 16u) * columns + n] = c16; }
  if (r + 17u < sizes.I) { dw[(r + 17u) * columns + n] = c17; }
  if (r + 18u < sizes.I) { dw[(r + 18u) * columns + n] = c18; }
  if (r + 19u < sizes.I) { dw[(r + 19u) * columns + n] = c19; }
  if (r + 20u < sizes.I) { dw[(r + 20u) * columns + n] = c20; }
  if (r + 21u < sizes.I) { dw[(r + 21u) * columns + n] = c21; }
  if (r + 22u < sizes.I) { dw[(r + 22u) * columns + n] = c22; }
  if (r + 23u < sizes.I) { dw[(r + 23u) * columns + n] = c23; }
  if (r + 24u < sizes.I) { dw[(r + 24u) * columns + n] = c24; }
  if (r + 25u < sizes.I) { dw[(r + 25u) * columns + n] = c25; }
  if (r + 26u < sizes.I) { dw[(r + 26u) * columns + n] = c26; }
  if (r + 27u < sizes.I) { dw[(r + 27u) * columns + n] = c27; }
  if (r + 28u < sizes.I) { dw[(r + 28u) * columns + n] = c28; }
  if (r + 29u < sizes.I) { dw[(r + 29u) * columns + n] = c29; }
  if (r + 30u < sizes.I) { dw[(r + 30u) * columns + n] = c30; }
  if (r + 31u < sizes.I) { dw[(r + 31u) * columns + n] = c31; }
}
