// dx[b,i] = sum_o dy[b,o] * w[i,o]                software adapters with subgroups of 8
// dy [B,O]   w [I,O]   dx [B,I]                   f32, row-major, I and O multiples of 4
// grid: ceil(I/32), ceil(B/32)          one workgroup = one subgroup = 32 rows; a lane owns 4 columns
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// c + a.x b0 + a.y b1 + a.z b2 + a.w b3, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

// A lane loads 4 neighbours of a row, so that one load of dy serves 8 rows; rows of w are turned in registers, four at a time.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.I / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let r = group.y * 32u;
  let width = sizes.O / 4u;
  let i0 = 4u * n * width;
  let g0 = min(r + 0u + lane, sizes.B - 1u) * width; let g1 = min(r + 8u + lane, sizes.B - 1u) * width;
  let g2 = min(r + 16u + lane, sizes.B - 1u) * width; let g3 = min(r + 24u + lane, sizes.B - 1u) * width;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
  for (var k = 0u; k < width; k++) {
    let w0 = w[i0 + k]; let w1 = w[i0 + width + k]; let w2 = w[i0 + 2u * width + k]; let w3 = w[i0 + 3u * width + k];
    let b0 = vec4f(w0.x, w1.x, w2.x, w3.x); let b1 = vec4f(w0.y, w1.y, w2.y, w3.y);
    let b2 = vec4f(w0.z, w1.z, w2.z, w3.z); let b3 = vec4f(w0.w, w1.w, w2.w, w3.w);
    let a0 = dy[g0 + k]; let a1 = dy[g1 + k]; let a2 = dy[g2 + k]; let a3 = dy[g3 + k];
    c0 = rank4(c0, subgroupShuffle(a0, 0u), b0, b1, b2, b3); c1 = rank4(c1, subgroupShuffle(a0, 1u), b0, b1, b2, b3);
    c2 = rank4(c2, subgroupShuffle(a0, 2u), b0, b1, b2, b3); c3 = rank4(c3, subgroupShuffle(a0, 3u), b0, b1, b2, b3);
    c4 = rank4(c4, subgroupShuffle(a0, 4u), b0, b1, b2, b3); c5 = rank4(c5, subgroupShuffle(a0, 5u), b0, b1, b2, b3);
    c6 = rank4(c6, subgroupShuffle(a0, 6u), b0, b1, b2, b3); c7 = rank4(c7, subgroupShuffle(a0, 7u), b0, b1, b2, b3);
    c8 = rank4(c8, subgroupShuffle(a1, 0u), b0, b1, b2, b3); c9 = rank4(c9, subgroupShuffle(a1, 1u), b0, b1, b2, b3);
    c10 = rank4(c10, subgroupShuffle(a1, 2u), b0, b1, b2, b3); c11 = rank4(c11, subgroupShuffle(a1, 3u), b0, b1, b2, b3);
    c12 = rank4(c12, subgroupShuffle(a1, 4u), b0, b1, b2, b3); c13 = rank4(c13, subgroupShuffle(a1, 5u), b0, b1, b2, b3);
    c14 = rank4(c14, subgroupShuffle(a1, 6u), b0, b1, b2, b3); c15 = rank4(c15, subgroupShuffle(a1, 7u), b0, b1, b2, b3);
    c16 = rank4(c16, subgroupShuffle(a2, 0u), b0, b1, b2, b3); c17 = rank4(c17, subgroupShuffle(a2, 1u), b0, b1, b2, b3);
    c18 = rank4(c18, subgroupShuffle(a2, 2u), b0, b1, b2, b3); c19 = rank4(c19, subgroupShuffle(a2, 3u), b0, b1, b2, b3);
    c20 = rank4(c20, subgroupShuffle(a2, 4u), b0, b1, b2, b3); c21 = rank4(c21, subgroupShuffle(a2, 5u), b0, b1, b2, b3);
    c22 = rank4(c22, subgroupShuffle(a2, 6u), b0, b1, b2, b3); c23 = rank4(c23, subgroupShuffle(a2, 7u), b0, b1, b2, b3);
    c24 = rank4(c24, subgroupShuffle(a3, 0u), b0, b1, b2, b3); c25 = rank4(c25, subgroupShuffle(a3, 1u), b0, b1, b2, b3);
    c26 = rank4(c26, subgroupShuffle(a3, 2u), b0, b1, b2, b3); c27 = rank4(c27, subgroupShuffle(a3, 3u), b0, b1, b2, b3);
    c28 = rank4(c28, subgroupShuffle(a3, 4u), b0, b1, b2, b3); c29 = rank4(c29, subgroupShuffle(a3, 5u), b0, b1, b2, b3);
    c30 = rank4(c30, subgroupShuffle(a3, 6u), b0, b1, b2, b3); c31 = rank4(c31, subgroupShuffle(a3, 7u), b0, b1, b2, b3);
  }
  if (first >= columns) { return; }
  if (r + 0u < sizes.B) { dx[(r + 0u) * columns + n] = c0; }
  if (r + 1u < sizes.B) { dx[(r + 1u) * columns + n] = c1; }
  if (r + 2u < sizes.B) { dx[(r + 2u) * columns + n] = c2; }
  if (r + 3u < sizes.B) { dx[(r + 3u) * columns + n] = c3; }
  if (r + 4u < sizes.B) { dx[(r + 4u) * columns + n] = c4; }
  if (r + 5u < sizes.B) { dx[(r + 5u) * columns + n] = c5; }
  if (r + 6u < sizes.B) { dx[(r + 6u) * columns + n] = c6; }
  if (r + 7u < sizes.B) { dx[(r + 7u) * columns + n] = c7; }
  if (r + 8u < sizes.B) { dx[(r + 8u) * columns + n] = c8; }
  if (r + 9u < sizes.B) { dx[(r + 9u) * columns + n] = c9; }
  if (r + 10u < sizes.B) { dx[(r + 10u) * columns + n] = c10; }
  if (r + 11u < sizes.B) { dx[(r + 11u) * columns + n] = c11; }
  if (r + 12u < sizes.B) { dx[(r + 12u) * columns + n] = c12; }
  if (r + 13u < sizes.B) { dx[(r + 13u) * columns + n] = c13; }
  if (r + 14u < sizes.B) { dx[(r + 14u) * columns + n] = c14; }
  if (r + 15u < sizes.B) { dx[(r + 15u) * columns + n] = c15; }
  if (r + 16u < sizes.B) { dx[(r + 16u) * columns + n] = c16; }
  if (r + 17u < sizes.B) { dx[(r + 17u) * columns + n] = c17; }
  if (r + 18u < sizes.B) { dx[(r + 18u) * columns + n] = c18; }
  if (r + 19u < sizes.B) { dx[(r + 19u) * columns + n] = c19; }
  if (r + 20u < sizes.B) { dx[(r + 20u) * columns + n] = c20; }
  if (r + 21u < sizes.B) { dx[(r + 21u) * columns + n] = c21; }
  if (r + 22u < sizes.B) { dx[(r + 22u) * columns + n] = c22; }
  if (r + 23u < sizes.B) { dx[(r + 23u) * columns + n] = c23; }
  if (r + 24u < sizes.B) { dx[(r + 24u) * columns + n] = c24; }
  if (r + 25u < sizes.B) { dx[(r + 25u) * columns + n] = c25; }
  if (r + 26u < sizes.B) { dx[(r + 26u) * columns + n] = c26; }
  if (r + 27u < sizes.B) { dx[(r + 27u) * columns + n] = c27; }
  if (r + 28u < sizes.B) { dx[(r + 28u) * columns + n] = c28; }
  if (r + 29u < sizes.B) { dx[(r + 29u) * columns + n] = c29; }
  if (r + 30u < sizes.B) { dx[(r + 30u) * columns + n] = c30; }
  if (r + 31u < sizes.B) { dx[(r + 31u) * columns + n] = c31; }
}
