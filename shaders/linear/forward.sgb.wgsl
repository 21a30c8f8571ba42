// y[b,o] = activation(sum_i x[b,i] * w[i,o] + bias[o])          software adapters: subgroup broadcast, no workgroup memory
// x [B,I]   w [I,O]   bias [O]   y [B,O]          f32, row-major, O a multiple of 4
// grid: ceil(O/(4*SUBGROUP)), ceil(B/16)          one workgroup = one subgroup = 16 rows; a lane owns 4 columns
// use: lib/activation
enable subgroups;

struct Sizes { B: u32, I: u32, O: u32, slope: f32 }  // batch rows, input features, output features, leak or alpha
override SUBGROUP: u32 = 8u;                         // lanes of a subgroup: 4 or 8
override HAS_BIAS: bool = true;
override KIND: u32 = 0u;                             // activation, lib/activation

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn finish(sum: vec4f, n: u32) -> vec4f {
  var v = sum;
  if (HAS_BIAS) { v += bias[n]; }
  if (KIND == 0u) { return v; }
  if (KIND == 1u) { return max(v, vec4f()); }
  let s = sizes.slope;
  return vec4f(activate(KIND, v.x, s), activate(KIND, v.y, s), activate(KIND, v.z, s), activate(KIND, v.w, s));
}

// One load of x serves SUBGROUP reduction steps, one load of w serves 16 rows.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let n = min(group.x * SUBGROUP + lane, columns - 1u);
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
  for (var k = 0u; k < sizes.I; k += SUBGROUP) {
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
    var b: vec4f;
    b = w[min(k + 0u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 0u) * b; c1 += subgroupBroadcast(a1, 0u) * b;
    c2 += subgroupBroadcast(a2, 0u) * b; c3 += subgroupBroadcast(a3, 0u) * b;
    c4 += subgroupBroadcast(a4, 0u) * b; c5 += subgroupBroadcast(a5, 0u) * b;
    c6 += subgroupBroadcast(a6, 0u) * b; c7 += subgroupBroadcast(a7, 0u) * b;
    c8 += subgroupBroadcast(a8, 0u) * b; c9 += subgroupBroadcast(a9, 0u) * b;
    c10 += subgroupBroadcast(a10, 0u) * b; c11 += subgroupBroadcast(a11, 0u) * b;
    c12 += subgroupBroadcast(a12, 0u) * b; c13 += subgroupBroadcast(a13, 0u) * b;
    c14 += subgroupBroadcast(a14, 0u) * b; c15 += subgroupBroadcast(a15, 0u) * b;
    b = w[min(k + 1u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 1u) * b; c1 += subgroupBroadcast(a1, 1u) * b;
    c2 += subgroupBroadcast(a2, 1u) * b; c3 += subgroupBroadcast(a3, 1u) * b;
    c4 += subgroupBroadcast(a4, 1u) * b; c5 += subgroupBroadcast(a5, 1u) * b;
    c6 += subgroupBroadcast(a6, 1u) * b; c7 += subgroupBroadcast(a7, 1u) * b;
    c8 += subgroupBroadcast(a8, 1u) * b; c9 += subgroupBroadcast(a9, 1u) * b;
    c10 += subgroupBroadcast(a10, 1u) * b; c11 += subgroupBroadcast(a11, 1u) * b;
    c12 += subgroupBroadcast(a12, 1u) * b; c13 += subgroupBroadcast(a13, 1u) * b;
    c14 += subgroupBroadcast(a14, 1u) * b; c15 += subgroupBroadcast(a15, 1u) * b;
    b = w[min(k + 2u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 2u) * b; c1 += subgroupBroadcast(a1, 2u) * b;
    c2 += subgroupBroadcast(a2, 2u) * b; c3 += subgroupBroadcast(a3, 2u) * b;
    c4 += subgroupBroadcast(a4, 2u) * b; c5 += subgroupBroadcast(a5, 2u) * b;
    c6 += subgroupBroadcast(a6, 2u) * b; c7 += subgroupBroadcast(a7, 2u) * b;
    c8 += subgroupBroadcast(a8, 2u) * b; c9 += subgroupBroadcast(a9, 2u) * b;
    c10 += subgroupBroadcast(a10, 2u) * b; c11 += subgroupBroadcast(a11, 2u) * b;
    c12 += subgroupBroadcast(a12, 2u) * b; c13 += subgroupBroadcast(a13, 2u) * b;
    c14 += subgroupBroadcast(a14, 2u) * b; c15 += subgroupBroadcast(a15, 2u) * b;
    b = w[min(k + 3u, last) * columns + n];
    c0 += subgroupBroadcast(a0, 3u) * b; c1 += subgroupBroadcast(a1, 3u) * b;
    c2 += subgroupBroadcast(a2, 3u) * b; c3 += subgroupBroadcast(a3, 3u) * b;
    c4 += subgroupBroadcast(a4, 3u) * b; c5 += subgroupBroadcast(a5, 3u) * b;
    c6 += subgroupBroadcast(a6, 3u) * b; c7 += subgroupBroadcast(a7, 3u) * b;
    c8 += subgroupBroadcast(a8, 3u) * b; c9 += subgroupBroadcast(a9, 3u) * b;
    c10 += subgroupBroadcast(a10, 3u) * b; c11 += subgroupBroadcast(a11, 3u) * b;
    c12 += subgroupBroadcast(a12, 3u) * b; c13 += subgroupBroadcast(a13, 3u) * b;
    c14 += subgroupBroadcast(a14, 3u) * b; c15 += subgroupBroadcast(a15, 3u) * b;
    if (SUBGROUP == 8u) {
      b = w[min(k + 4u, last) * columns + n];
      c0 += subgroupBroadcast(a0, 4u) * b; c1 += subgroupBroadcast(a1, 4u) * b;
      c2 += subgroupBroadcast(a2, 4u) * b; c3 += subgroupBroadcast(a3, 4u) * b;
      c4 += subgroupBroadcast(a4, 4u) * b; c5 += subgroupBroadcast(a5, 4u) * b;
      c6 += subgroupBroadcast(a6, 4u) * b; c7 += subgroupBroadcast(a7, 4u) * b;
      c8 += subgroupBroadcast(a8, 4u) * b; c9 += subgroupBroadcast(a9, 4u) * b;
      c10 += subgroupBroadcast(a10, 4u) * b; c11 += subgroupBroadcast(a11, 4u) * b;
      c12 += subgroupBroadcast(a12, 4u) * b; c13 += subgroupBroadcast(a13, 4u) * b;
      c14 += subgroupBroadcast(a14, 4u) * b; c15 += subgroupBroadcast(a15, 4u) * b;
      b = w[min(k + 5u, last) * columns + n];
      c0 += subgroupBroadcast(a0, 5u) * b; c1 += subgroupBroadcast(a1, 5u) * b;
      c2 += subgroupBroadcast(a2, 5u) * b; c3 += subgroupBroadcast(a3, 5u) * b;
      c4 += subgroupBroadcast(a4, 5u) * b; c5 += subgroupBroadcast(a5, 5u) * b;
      c6 += subgroupBroadcast(a6, 5u) * b; c7 += subgroupBroadcast(a7, 5u) * b;
      c8 += subgroupBroadcast(a8, 5u) * b; c9 += subgroupBroadcast(a9, 5u) * b;
      c10 += subgroupBroadcast(a10, 5u) * b; c11 += subgroupBroadcast(a11, 5u) * b;
      c12 += subgroupBroadcast(a12, 5u) * b; c13 += subgroupBroadcast(a13, 5u) * b;
      c14 += subgroupBroadcast(a14, 5u) * b; c15 += subgroupBroadcast(a15, 5u) * b;
      b = w[min(k + 6u, last) * columns + n];
      c0 += subgroupBroadcast(a0, 6u) * b; c1 += subgroupBroadcast(a1, 6u) * b;
      c2 += subgroupBroadcast(a2, 6u) * b; c3 += subgroupBroadcast(a3, 6u) * b;
      c4 += subgroupBroadcast(a4, 6u) * b; c5 += subgroupBroadcast(a5, 6u) * b;
      c6 += subgroupBroadcast(a6, 6u) * b; c7 += subgroupBroadcast(a7, 6u) * b;
      c8 += subgroupBroadcast(a8, 6u) * b; c9 += subgroupBroadcast(a9, 6u) * b;
      c10 += subgroupBroadcast(a10, 6u) * b; c11 += subgroupBroadcast(a11, 6u) * b;
      c12 += subgroupBroadcast(a12, 6u) * b; c13 += subgroupBroadcast(a13, 6u) * b;
      c14 += subgroupBroadcast(a14, 6u) * b; c15 += subgroupBroadcast(a15, 6u) * b;
      b = w[min(k + 7u, last) * columns + n];
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
}
