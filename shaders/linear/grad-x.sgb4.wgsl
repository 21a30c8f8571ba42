// dx[b,i] = sum_o dy[b,o] * w[i,o]                software adapters with subgroups of 4
// dy [B,O]   w [I,O]   dx [B,I]                   f32, row-major, I and O multiples of 4
// grid: ceil(I/32), ceil(B/16)          one workgroup = one subgroup = 16 rows; a lane owns 2 x 4 columns
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// c + sum over lanes s of (lane s's a) * bs, in one expression, so that c stays in a register.
fn reduce(c: vec4f, a: f32, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + subgroupBroadcast(a, 0u) * b0 + subgroupBroadcast(a, 1u) * b1
    + subgroupBroadcast(a, 2u) * b2 + subgroupBroadcast(a, 3u) * b3;
}

// One load of dy serves 4 reduction steps; rows of w are read along the reduction and turned in registers.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.I / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let m = min(first + 4u, columns - 1u);
  let r = group.y * 16u;
  let width = sizes.O / 4u;
  let i0 = 4u * n * width; let i1 = i0 + width; let i2 = i1 + width; let i3 = i2 + width;
  let j0 = 4u * m * width; let j1 = j0 + width; let j2 = j1 + width; let j3 = j2 + width;
  let g0 = min(r + 0u, sizes.B - 1u) * sizes.O; let g1 = min(r + 1u, sizes.B - 1u) * sizes.O;
  let g2 = min(r + 2u, sizes.B - 1u) * sizes.O; let g3 = min(r + 3u, sizes.B - 1u) * sizes.O;
  let g4 = min(r + 4u, sizes.B - 1u) * sizes.O; let g5 = min(r + 5u, sizes.B - 1u) * sizes.O;
  let g6 = min(r + 6u, sizes.B - 1u) * sizes.O; let g7 = min(r + 7u, sizes.B - 1u) * sizes.O;
  let g8 = min(r + 8u, sizes.B - 1u) * sizes.O; let g9 = min(r + 9u, sizes.B - 1u) * sizes.O;
  let g10 = min(r + 10u, sizes.B - 1u) * sizes.O; let g11 = min(r + 11u, sizes.B - 1u) * sizes.O;
  let g12 = min(r + 12u, sizes.B - 1u) * sizes.O; let g13 = min(r + 13u, sizes.B - 1u) * sizes.O;
  let g14 = min(r + 14u, sizes.B - 1u) * sizes.O; let g15 = min(r + 15u, sizes.B - 1u) * sizes.O;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var e0 = vec4f(); var e1 = vec4f(); var e2 = vec4f(); var e3 = vec4f();
  var e4 = vec4f(); var e5 = vec4f(); var e6 = vec4f(); var e7 = vec4f();
  var e8 = vec4f(); var e9 = vec4f(); var e10 = vec4f(); var e11 = vec4f();
  var e12 = vec4f(); var e13 = vec4f(); var e14 = vec4f(); var e15 = vec4f();
  for (var k = 0u; k < sizes.O; k += 4u) {
    let o0 = k / 4u;
    let w000 = w[i0 + o0]; let w001 = w[i1 + o0]; let w002 = w[i2 + o0]; let w003 = w[i3 + o0];
    let b0 = vec4f(w000.x, w001.x, w002.x, w003.x);
    let b1 = vec4f(w000.y, w001.y, w002.y, w003.y);
    let b2 = vec4f(w000.z, w001.z, w002.z, w003.z);
    let b3 = vec4f(w000.w, w001.w, w002.w, w003.w);
    let w100 = w[j0 + o0]; let w101 = w[j1 + o0]; let w102 = w[j2 + o0]; let w103 = w[j3 + o0];
    let d0 = vec4f(w100.x, w101.x, w102.x, w103.x);
    let d1 = vec4f(w100.y, w101.y, w102.y, w103.y);
    let d2 = vec4f(w100.z, w101.z, w102.z, w103.z);
    let d3 = vec4f(w100.w, w101.w, w102.w, w103.w);
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
  if (first + 4u >= columns) { return; }
  if (r + 0u < sizes.B) { dx[(r + 0u) * columns + m] = e0; }
  if (r + 1u < sizes.B) { dx[(r + 1u) * columns + m] = e1; }
  if (r + 2u < sizes.B) { dx[(r + 2u) * columns + m] = e2; }
  if (r + 3u < sizes.B) { dx[(r + 3u) * columns + m] = e3; }
  if (r + 4u < sizes.B) { dx[(r + 4u) * columns + m] = e4; }
  if (r + 5u < sizes.B) { dx[(r + 5u) * columns + m] = e5; }
  if (r + 6u < sizes.B) { dx[(r + 6u) * columns + m] = e6; }
  if (r + 7u < sizes.B) { dx[(r + 7u) * columns + m] = e7; }
  if (r + 8u < sizes.B) { dx[(r + 8u) * columns + m] = e8; }
  if (r + 9u < sizes.B) { dx[(r + 9u) * columns + m] = e9; }
  if (r + 10u < sizes.B) { dx[(r + 10u) * columns + m] = e10; }
  if (r + 11u < sizes.B) { dx[(r + 11u) * columns + m] = e11; }
  if (r + 12u < sizes.B) { dx[(r + 12u) * columns + m] = e12; }
  if (r + 13u < sizes.B) { dx[(r + 13u) * columns + m] = e13; }
  if (r + 14u < sizes.B) { dx[(r + 14u) * columns + m] = e14; }
  if (r + 15u < sizes.B) { dx[(r + 15u) * columns + m] = e15; }
}
