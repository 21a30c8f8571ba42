// dx[b,i] = sum_o dy[b,o] * w[i,o]                software adapters with subgroups of 8
// dy [B,O]   w [I,O]   dx [B,I]                   f32, row-major, I and O multiples of 4
// grid: ceil(I/32), ceil(B/32)          one workgroup = one subgroup = 32 rows; a lane owns 4 columns
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// c + sum over lanes s of (lane s's a) * bs, in one expression, so that c stays in a register.
fn reduce(c: vec4f, a: f32, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f, b4: vec4f, b5: vec4f, b6: vec4f, b7: vec4f) -> vec4f {
  return c + subgroupBroadcast(a, 0u) * b0 + subgroupBroadcast(a, 1u) * b1 + subgroupBroadcast(a, 2u) * b2 + subgroupBroadcast(a, 3u) * b3
    + subgroupBroadcast(a, 4u) * b4 + subgroupBroadcast(a, 5u) * b5 + subgroupBroadcast(a, 6u) * b6 + subgroupBroadcast(a, 7u) * b7;
}

// One load of dy serves 8 reduction steps; rows of w are read along the reduction and turned in registers.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.I / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let r = group.y * 32u;
  let width = sizes.O / 4u;
  let i0 = 4u * n * width; let i1 = i0 + width; let i2 = i1 + width; let i3 = i2 + width;
  let g0 = min(r + 0u, sizes.B - 1u) * sizes.O; let g1 = min(r + 1u, sizes.B - 1u) * sizes.O;
  let g2 = min(r + 2u, sizes.B - 1u) * sizes.O; let g3 = min(r + 3u, sizes.B - 1u) * sizes.O;
  let g4 = min(r + 4u, sizes.B - 1u) * sizes.O; let g5 = min(r + 5u, sizes.B - 1u) * sizes.O;
  let g6 = min(r + 6u, sizes.B - 1u) * sizes.O; let g7 = min(r + 7u, sizes.B - 1u) * sizes.O;
  let g8 = min(r + 8u, sizes.B - 1u) * sizes.O; let g9 = min(r + 9u, sizes.B - 1u) * sizes.O;
  let g10 = min(r + 10u, sizes.B - 1u) * sizes.O; let g11 = min(r + 11u, sizes.B - 1u) * sizes.O;
  let g12 = min(r + 12u, sizes.B - 1u) * sizes.O; let g13 = min(r + 13u, sizes.B - 1u) * sizes.O;
  let g14 = min(r + 14u, sizes.B - 1u) * sizes.O; let g15 = min(r + 15u, sizes.B - 1u) * sizes.O;
  let g16 = min(r + 16u, sizes.B - 1u) * sizes.O; let g17 = min(r + 17u, sizes.B - 1u) * sizes.O;
  let g18 = min(r + 18u, sizes.B - 1u) * sizes.O; let g19 = min(r + 19u, sizes.B - 1u) * sizes.O;
  let g20 = min(r + 20u, sizes.B - 1u) * sizes.O; let g21 = min(r + 21u, sizes.B - 1u) * sizes.O;
  let g22 = min(r + 22u, sizes.B - 1u) * sizes.O; let g23 = min(r + 23u, sizes.B - 1u) * sizes.O;
  let g24 = min(r + 24u, sizes.B - 1u) * sizes.O; let g25 = min(r + 25u, sizes.B - 1u) * sizes.O;
  let g26 = min(r + 26u, sizes.B - 1u) * sizes.O; let g27 = min(r + 27u, sizes.B - 1u) * sizes.O;
  let g28 = min(r + 28u, sizes.B - 1u) * sizes.O; let g29 = min(r + 29u, sizes.B - 1u) * sizes.O;
  let g30 = min(r + 30u, sizes.B - 1u) * sizes.O; let g31 = min(r + 31u, sizes.B - 1u) * sizes.O;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
  for (var k = 0u; k < sizes.O; k += 8u) {
    let o0 = k / 4u;
    let o1 = min(o0 + 1u, width - 1u);
    let w000 = w[i0 + o0]; let w001 = w[i1 + o0]; let w002 = w[i2 + o0]; let w003 = w[i3 + o0];
    let b0 = vec4f(w000.x, w001.x, w002.x, w003.x);
    let b1 = vec4f(w000.y, w001.y, w002.y, w003.y);
    let b2 = vec4f(w000.z, w001.z, w002.z, w003.z);
    let b3 = vec4f(w000.w, w001.w, w002.w, w003.w);
    let w010 = w[i0 + o1]; let w011 = w[i1 + o1]; let w012 = w[i2 + o1]; let w013 = w[i3 + o1];
    let b4 = vec4f(w010.x, w011.x, w012.x, w013.x);
    let b5 = vec4f(w010.y, w011.y, w012.y, w013.y);
    let b6 = vec4f(w010.z, w011.z, w012.z, w013.z);
    let b7 = vec4f(w010.w, w011.w, w012.w, w013.w);
    let inside = k + lane < sizes.O;
    let at = min(k + lane, sizes.O - 1u);
    let a0 = select(0.0, dy[g0 + at], inside); let a1 = select(0.0, dy[g1 + at], inside);
    let a2 = select(0.0, dy[g2 + at], inside); let a3 = select(0.0, dy[g3 + at], inside);
    let a4 = select(0.0, dy[g4 + at], inside); let a5 = select(0.0, dy[g5 + at], inside);
    let a6 = select(0.0, dy[g6 + at], inside); let a7 = select(0.0, dy[g7 + at], inside);
    let a8 = select(0.0, dy[g8 + at], inside); let a9 = select(0.0, dy[g9 + at], inside);
    let a10 = select(0.0, dy[g10 + at], inside); let a11 = select(0.0, dy[g11 + at], inside);
    let a12 = select(0.0, dy[g12 + at], inside); let a13 = select(0.0, dy[g13 + at], inside);
    let a14 = select(0.0, dy[g14 + at], inside); let a15 = select(0.0, dy[g15 + at], inside);
    let a16 = select(0.0, dy[g16 + at], inside); let a17 = select(0.0, dy[g17 + at], inside);
    let a18 = select(0.0, dy[g18 + at], inside); let a19 = select(0.0, dy[g19 + at], inside);
    let a20 = select(0.0, dy[g20 + at], inside); let a21 = select(0.0, dy[g21 + at], inside);
    let a22 = select(0.0, dy[g22 + at], inside); let a23 = select(0.0, dy[g23 + at], inside);
    let a24 = select(0.0, dy[g24 + at], inside); let a25 = select(0.0, dy[g25 + at], inside);
    let a26 = select(0.0, dy[g26 + at], inside); let a27 = select(0.0, dy[g27 + at], inside);
    let a28 = select(0.0, dy[g28 + at], inside); let a29 = select(0.0, dy[g29 + at], inside);
    let a30 = select(0.0, dy[g30 + at], inside); let a31 = select(0.0, dy[g31 + at], inside);
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
