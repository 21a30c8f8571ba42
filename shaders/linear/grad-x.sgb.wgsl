// dx[b,i] = sum_o dy[b,o] * w[i,o]                software adapters: subgroup broadcast, no workgroup memory
// dy [B,O]   w [I,O]   dx [B,I]                   f32, row-major, I and O multiples of 4
// grid: ceil(I/(4*SUBGROUP)), ceil(B/16)          one workgroup = one subgroup = 16 rows; a lane owns 4 columns
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override SUBGROUP: u32 = 8u;                       // lanes of a subgroup: 4 or 8

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// One load of dy serves SUBGROUP reduction steps, four rows of w are read along the reduction and turned in registers.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.I / 4u;
  let width = sizes.O / 4u;
  let last = width - 1u;
  let n = min(group.x * SUBGROUP + lane, columns - 1u);
  let r = group.y * 16u;
  let i0 = 4u * n * width;
  let i1 = i0 + width;
  let i2 = i1 + width;
  let i3 = i2 + width;
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
  for (var k = 0u; k < sizes.O; k += SUBGROUP) {
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
    var o: u32;
    var b: vec4f;
    var w0: vec4f; var w1: vec4f; var w2: vec4f; var w3: vec4f;
    o = min(k / 4u + 0u, last);
    w0 = w[i0 + o]; w1 = w[i1 + o]; w2 = w[i2 + o]; w3 = w[i3 + o];
    b = vec4f(w0.x, w1.x, w2.x, w3.x);
    c0 += subgroupBroadcast(a0, 0u) * b; c1 += subgroupBroadcast(a1, 0u) * b;
    c2 += subgroupBroadcast(a2, 0u) * b; c3 += subgroupBroadcast(a3, 0u) * b;
    c4 += subgroupBroadcast(a4, 0u) * b; c5 += subgroupBroadcast(a5, 0u) * b;
    c6 += subgroupBroadcast(a6, 0u) * b; c7 += subgroupBroadcast(a7, 0u) * b;
    c8 += subgroupBroadcast(a8, 0u) * b; c9 += subgroupBroadcast(a9, 0u) * b;
    c10 += subgroupBroadcast(a10, 0u) * b; c11 += subgroupBroadcast(a11, 0u) * b;
    c12 += subgroupBroadcast(a12, 0u) * b; c13 += subgroupBroadcast(a13, 0u) * b;
    c14 += subgroupBroadcast(a14, 0u) * b; c15 += subgroupBroadcast(a15, 0u) * b;
    b = vec4f(w0.y, w1.y, w2.y, w3.y);
    c0 += subgroupBroadcast(a0, 1u) * b; c1 += subgroupBroadcast(a1, 1u) * b;
    c2 += subgroupBroadcast(a2, 1u) * b; c3 += subgroupBroadcast(a3, 1u) * b;
    c4 += subgroupBroadcast(a4, 1u) * b; c5 += subgroupBroadcast(a5, 1u) * b;
    c6 += subgroupBroadcast(a6, 1u) * b; c7 += subgroupBroadcast(a7, 1u) * b;
    c8 += subgroupBroadcast(a8, 1u) * b; c9 += subgroupBroadcast(a9, 1u) * b;
    c10 += subgroupBroadcast(a10, 1u) * b; c11 += subgroupBroadcast(a11, 1u) * b;
    c12 += subgroupBroadcast(a12, 1u) * b; c13 += subgroupBroadcast(a13, 1u) * b;
    c14 += subgroupBroadcast(a14, 1u) * b; c15 += subgroupBroadcast(a15, 1u) * b;
    b = vec4f(w0.z, w1.z, w2.z, w3.z);
    c0 += subgroupBroadcast(a0, 2u) * b; c1 += subgroupBroadcast(a1, 2u) * b;
    c2 += subgroupBroadcast(a2, 2u) * b; c3 += subgroupBroadcast(a3, 2u) * b;
    c4 += subgroupBroadcast(a4, 2u) * b; c5 += subgroupBroadcast(a5, 2u) * b;
    c6 += subgroupBroadcast(a6, 2u) * b; c7 += subgroupBroadcast(a7, 2u) * b;
    c8 += subgroupBroadcast(a8, 2u) * b; c9 += subgroupBroadcast(a9, 2u) * b;
    c10 += subgroupBroadcast(a10, 2u) * b; c11 += subgroupBroadcast(a11, 2u) * b;
    c12 += subgroupBroadcast(a12, 2u) * b; c13 += subgroupBroadcast(a13, 2u) * b;
    c14 += subgroupBroadcast(a14, 2u) * b; c15 += subgroupBroadcast(a15, 2u) * b;
    b = vec4f(w0.w, w1.w, w2.w, w3.w);
    c0 += subgroupBroadcast(a0, 3u) * b; c1 += subgroupBroadcast(a1, 3u) * b;
    c2 += subgroupBroadcast(a2, 3u) * b; c3 += subgroupBroadcast(a3, 3u) * b;
    c4 += subgroupBroadcast(a4, 3u) * b; c5 += subgroupBroadcast(a5, 3u) * b;
    c6 += subgroupBroadcast(a6, 3u) * b; c7 += subgroupBroadcast(a7, 3u) * b;
    c8 += subgroupBroadcast(a8, 3u) * b; c9 += subgroupBroadcast(a9, 3u) * b;
    c10 += subgroupBroadcast(a10, 3u) * b; c11 += subgroupBroadcast(a11, 3u) * b;
    c12 += subgroupBroadcast(a12, 3u) * b; c13 += subgroupBroadcast(a13, 3u) * b;
    c14 += subgroupBroadcast(a14, 3u) * b; c15 += subgroupBroadcast(a15, 3u) * b;
    if (SUBGROUP == 8u) {
      o = min(k / 4u + 1u, last);
      w0 = w[i0 + o]; w1 = w[i1 + o]; w2 = w[i2 + o]; w3 = w[i3 + o];
      b = vec4f(w0.x, w1.x, w2.x, w3.x);
      c0 += subgroupBroadcast(a0, 4u) * b; c1 += subgroupBroadcast(a1, 4u) * b;
      c2 += subgroupBroadcast(a2, 4u) * b; c3 += subgroupBroadcast(a3, 4u) * b;
      c4 += subgroupBroadcast(a4, 4u) * b; c5 += subgroupBroadcast(a5, 4u) * b;
      c6 += subgroupBroadcast(a6, 4u) * b; c7 += subgroupBroadcast(a7, 4u) * b;
      c8 += subgroupBroadcast(a8, 4u) * b; c9 += subgroupBroadcast(a9, 4u) * b;
      c10 += subgroupBroadcast(a10, 4u) * b; c11 += subgroupBroadcast(a11, 4u) * b;
      c12 += subgroupBroadcast(a12, 4u) * b; c13 += subgroupBroadcast(a13, 4u) * b;
      c14 += subgroupBroadcast(a14, 4u) * b; c15 += subgroupBroadcast(a15, 4u) * b;
      b = vec4f(w0.y, w1.y, w2.y, w3.y);
      c0 += subgroupBroadcast(a0, 5u) * b; c1 += subgroupBroadcast(a1, 5u) * b;
      c2 += subgroupBroadcast(a2, 5u) * b; c3 += subgroupBroadcast(a3, 5u) * b;
      c4 += subgroupBroadcast(a4, 5u) * b; c5 += subgroupBroadcast(a5, 5u) * b;
      c6 += subgroupBroadcast(a6, 5u) * b; c7 += subgroupBroadcast(a7, 5u) * b;
      c8 += subgroupBroadcast(a8, 5u) * b; c9 += subgroupBroadcast(a9, 5u) * b;
      c10 += subgroupBroadcast(a10, 5u) * b; c11 += subgroupBroadcast(a11, 5u) * b;
      c12 += subgroupBroadcast(a12, 5u) * b; c13 += subgroupBroadcast(a13, 5u) * b;
      c14 += subgroupBroadcast(a14, 5u) * b; c15 += subgroupBroadcast(a15, 5u) * b;
      b = vec4f(w0.z, w1.z, w2.z, w3.z);
      c0 += subgroupBroadcast(a0, 6u) * b; c1 += subgroupBroadcast(a1, 6u) * b;
      c2 += subgroupBroadcast(a2, 6u) * b; c3 += subgroupBroadcast(a3, 6u) * b;
      c4 += subgroupBroadcast(a4, 6u) * b; c5 += subgroupBroadcast(a5, 6u) * b;
      c6 += subgroupBroadcast(a6, 6u) * b; c7 += subgroupBroadcast(a7, 6u) * b;
      c8 += subgroupBroadcast(a8, 6u) * b; c9 += subgroupBroadcast(a9, 6u) * b;
      c10 += subgroupBroadcast(a10, 6u) * b; c11 += subgroupBroadcast(a11, 6u) * b;
      c12 += subgroupBroadcast(a12, 6u) * b; c13 += subgroupBroadcast(a13, 6u) * b;
      c14 += subgroupBroadcast(a14, 6u) * b; c15 += subgroupBroadcast(a15, 6u) * b;
      b = vec4f(w0.w, w1.w, w2.w, w3.w);
      c0 += subgroupBroadcast(a0, 7u) * b; c1 += subgroupBroadcast(a1, 7u) * b;
      c2 += subgroupBroadcast(a2, 7u) * b; c3 += subgroupBroadcast(a3, 7u) * b;
      c4 += subgroupBroadcast(a4, 7u) * b; c5 += subgroupBroadcast(a5, 7u) * b;
      c6 += subgroupBroadcast(a6, 7u) * b; c7 += subgroupBroadcast(a7, 7u) * b;
      c8 += subgroupBroadcast(a8, 7u) * b; c9 += subgroupBroadcast(a9, 7u) * b;
      c10 += subgroupBroadcast(a10, 7u) * b; c11 += subgroupBroadcast(a11, 7u) * b;
      c12 += subgroupBroadcast(a12, 7u) * b; c13 += subgroupBroadcast(a13, 7u) * b;
      c14 += subgroupBroadcast(a14, 7u) * b; c15 += subgroupBroadcast(a15, 7u) * b;
    }
  }
  if (group.x * SUBGROUP + lane >= columns) { return; }
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
}
