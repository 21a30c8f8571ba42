// indices[n] = argmin_k |x[n] - codes[k]|^2, the lowest k among equals;   q[n] = codes[indices[n]],   commit[n] = codebook[n] = |x[n] - q[n]|^2
// x [N,D]   codes [K,D]   q [N,D]   indices [N]   commit [N]   codebook [N]      f32, indices u32, row-major, D a multiple of 4
// grid: ceil(N/32)                                one workgroup = one subgroup of 4 = 32 rows; a lane owns 8 codes at a time
// use: lib/grid, lib/math
// Software adapters with subgroups of 4: no workgroup memory, sums in registers as in linear/forward.sgb4.
enable subgroups;

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> codes: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> commit: array<f32>;
@group(0) @binding(5) var<storage, read_write> codebook: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

struct Best { score: f32, index: u32 }

fn better(best: Best, score: f32, k: u32) -> Best {
  let nearer = score < best.score;
  return Best(select(best.score, score, nearer), select(best.index, k, nearer));
}

// A lane's codes come in rising order: strictly nearer keeps the lowest. Those past the last are the last one again.
fn nearer(best: Best, scores: vec4f, k: u32) -> Best {
  return better(better(better(better(best, scores.x, k), scores.y, k + 1u), scores.z, k + 2u), scores.w, k + 3u);
}

// The winner among the lanes, on lane `owner`.
fn winner(kept: u32, best: Best, lane: u32, owner: u32) -> u32 {
  let least = subgroupMin(best.score);
  let index = subgroupMin(select(0xffffffffu, best.index, best.score == least));
  return select(kept, index, lane == owner);
}

fn finish(n: u32, found: u32) {
  if (n >= sizes.N) { return; }
  let index = min(found, sizes.K - 1u);
  let width = sizes.D / 4u;
  var sum = 0.0;
  for (var d = 0u; d < width; d++) {
    let code = codes[index * width + d];
    let at = n * sizes.D + 4u * d;
    let apart = vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]) - code;
    sum += dot(apart, apart);
    q[n * width + d] = code;
  }
  indices[n] = index;
  commit[n] = finite(sum);
  codebook[n] = finite(sum);
}

// One value of each lane, for all lanes.
fn spread(a: f32) -> vec4f { return vec4f(subgroupBroadcast(a, 0u), subgroupBroadcast(a, 1u), subgroupBroadcast(a, 2u), subgroupBroadcast(a, 3u)); }

// c + sum of (lane s's a) * bs, in one expression, so that c stays in a register.
fn reduce(c: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

// |x|^2 is the same for all codes: |code|^2 / 2 - x.code orders them alike. Both are taken from the first code on: squares far from 0
// would cancel. What overflows is never the nearest.
@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let r = flat_group(group, groups) * 32u;
  if (r >= sizes.N) { return; }
  let width = sizes.D / 4u;
  let last = sizes.K - 1u;
  let x0 = min(r + 0u, sizes.N - 1u) * sizes.D; let x1 = min(r + 1u, sizes.N - 1u) * sizes.D;
  let x2 = min(r + 2u, sizes.N - 1u) * sizes.D; let x3 = min(r + 3u, sizes.N - 1u) * sizes.D;
  let x4 = min(r + 4u, sizes.N - 1u) * sizes.D; let x5 = min(r + 5u, sizes.N - 1u) * sizes.D;
  let x6 = min(r + 6u, sizes.N - 1u) * sizes.D; let x7 = min(r + 7u, sizes.N - 1u) * sizes.D;
  let x8 = min(r + 8u, sizes.N - 1u) * sizes.D; let x9 = min(r + 9u, sizes.N - 1u) * sizes.D;
  let x10 = min(r + 10u, sizes.N - 1u) * sizes.D; let x11 = min(r + 11u, sizes.N - 1u) * sizes.D;
  let x12 = min(r + 12u, sizes.N - 1u) * sizes.D; let x13 = min(r + 13u, sizes.N - 1u) * sizes.D;
  let x14 = min(r + 14u, sizes.N - 1u) * sizes.D; let x15 = min(r + 15u, sizes.N - 1u) * sizes.D;
  let x16 = min(r + 16u, sizes.N - 1u) * sizes.D; let x17 = min(r + 17u, sizes.N - 1u) * sizes.D;
  let x18 = min(r + 18u, sizes.N - 1u) * sizes.D; let x19 = min(r + 19u, sizes.N - 1u) * sizes.D;
  let x20 = min(r + 20u, sizes.N - 1u) * sizes.D; let x21 = min(r + 21u, sizes.N - 1u) * sizes.D;
  let x22 = min(r + 22u, sizes.N - 1u) * sizes.D; let x23 = min(r + 23u, sizes.N - 1u) * sizes.D;
  let x24 = min(r + 24u, sizes.N - 1u) * sizes.D; let x25 = min(r + 25u, sizes.N - 1u) * sizes.D;
  let x26 = min(r + 26u, sizes.N - 1u) * sizes.D; let x27 = min(r + 27u, sizes.N - 1u) * sizes.D;
  let x28 = min(r + 28u, sizes.N - 1u) * sizes.D; let x29 = min(r + 29u, sizes.N - 1u) * sizes.D;
  let x30 = min(r + 30u, sizes.N - 1u) * sizes.D; let x31 = min(r + 31u, sizes.N - 1u) * sizes.D;
  var best0 = Best(3.4028234e38, 0u); var best1 = Best(3.4028234e38, 0u); var best2 = Best(3.4028234e38, 0u); var best3 = Best(3.4028234e38, 0u);
  var best4 = Best(3.4028234e38, 0u); var best5 = Best(3.4028234e38, 0u); var best6 = Best(3.4028234e38, 0u); var best7 = Best(3.4028234e38, 0u);
  var best8 = Best(3.4028234e38, 0u); var best9 = Best(3.4028234e38, 0u); var best10 = Best(3.4028234e38, 0u); var best11 = Best(3.4028234e38, 0u);
  var best12 = Best(3.4028234e38, 0u); var best13 = Best(3.4028234e38, 0u); var best14 = Best(3.4028234e38, 0u); var best15 = Best(3.4028234e38, 0u);
  var best16 = Best(3.4028234e38, 0u); var best17 = Best(3.4028234e38, 0u); var best18 = Best(3.4028234e38, 0u); var best19 = Best(3.4028234e38, 0u);
  var best20 = Best(3.4028234e38, 0u); var best21 = Best(3.4028234e38, 0u); var best22 = Best(3.4028234e38, 0u); var best23 = Best(3.4028234e38, 0u);
  var best24 = Best(3.4028234e38, 0u); var best25 = Best(3.4028234e38, 0u); var best26 = Best(3.4028234e38, 0u); var best27 = Best(3.4028234e38, 0u);
  var best28 = Best(3.4028234e38, 0u); var best29 = Best(3.4028234e38, 0u); var best30 = Best(3.4028234e38, 0u); var best31 = Best(3.4028234e38, 0u);
  for (var first = 0u; first < sizes.K; first += 32u) {
    let code = first + 4u * lane;
    let more = code + 16u;
    let i0 = min(code, last) * width; let i1 = min(code + 1u, last) * width;
    let i2 = min(code + 2u, last) * width; let i3 = min(code + 3u, last) * width;
    let j0 = min(more, last) * width; let j1 = min(more + 1u, last) * width;
    let j2 = min(more + 2u, last) * width; let j3 = min(more + 3u, last) * width;
    var square = vec4f(); var area = vec4f();
    var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
    var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
    var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
    var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
    var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
    var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
    var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
    var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
    var e0 = vec4f(); var e1 = vec4f(); var e2 = vec4f(); var e3 = vec4f();
    var e4 = vec4f(); var e5 = vec4f(); var e6 = vec4f(); var e7 = vec4f();
    var e8 = vec4f(); var e9 = vec4f(); var e10 = vec4f(); var e11 = vec4f();
    var e12 = vec4f(); var e13 = vec4f(); var e14 = vec4f(); var e15 = vec4f();
    var e16 = vec4f(); var e17 = vec4f(); var e18 = vec4f(); var e19 = vec4f();
    var e20 = vec4f(); var e21 = vec4f(); var e22 = vec4f(); var e23 = vec4f();
    var e24 = vec4f(); var e25 = vec4f(); var e26 = vec4f(); var e27 = vec4f();
    var e28 = vec4f(); var e29 = vec4f(); var e30 = vec4f(); var e31 = vec4f();
    for (var k = 0u; k < sizes.D; k += 4u) {
      let inside = k + lane < sizes.D;
      let at = min(k + lane, sizes.D - 1u);
      let origin = codes[at / 4u][at % 4u];
      let o = k / 4u;
      let z = spread(origin);
      let w0 = codes[i0 + o] - z; let w1 = codes[i1 + o] - z; let w2 = codes[i2 + o] - z; let w3 = codes[i3 + o] - z;
      let v0 = codes[j0 + o] - z; let v1 = codes[j1 + o] - z; let v2 = codes[j2 + o] - z; let v3 = codes[j3 + o] - z;
      let a0 = select(0.0, x[x0 + at] - origin, inside); let a1 = select(0.0, x[x1 + at] - origin, inside);
      let a2 = select(0.0, x[x2 + at] - origin, inside); let a3 = select(0.0, x[x3 + at] - origin, inside);
      let a4 = select(0.0, x[x4 + at] - origin, inside); let a5 = select(0.0, x[x5 + at] - origin, inside);
      let a6 = select(0.0, x[x6 + at] - origin, inside); let a7 = select(0.0, x[x7 + at] - origin, inside);
      let a8 = select(0.0, x[x8 + at] - origin, inside); let a9 = select(0.0, x[x9 + at] - origin, inside);
      let a10 = select(0.0, x[x10 + at] - origin, inside); let a11 = select(0.0, x[x11 + at] - origin, inside);
      let a12 = select(0.0, x[x12 + at] - origin, inside); let a13 = select(0.0, x[x13 + at] - origin, inside);
      let a14 = select(0.0, x[x14 + at] - origin, inside); let a15 = select(0.0, x[x15 + at] - origin, inside);
      let a16 = select(0.0, x[x16 + at] - origin, inside); let a17 = select(0.0, x[x17 + at] - origin, inside);
      let a18 = select(0.0, x[x18 + at] - origin, inside); let a19 = select(0.0, x[x19 + at] - origin, inside);
      let a20 = select(0.0, x[x20 + at] - origin, inside); let a21 = select(0.0, x[x21 + at] - origin, inside);
      let a22 = select(0.0, x[x22 + at] - origin, inside); let a23 = select(0.0, x[x23 + at] - origin, inside);
      let a24 = select(0.0, x[x24 + at] - origin, inside); let a25 = select(0.0, x[x25 + at] - origin, inside);
      let a26 = select(0.0, x[x26 + at] - origin, inside); let a27 = select(0.0, x[x27 + at] - origin, inside);
      let a28 = select(0.0, x[x28 + at] - origin, inside); let a29 = select(0.0, x[x29 + at] - origin, inside);
      let a30 = select(0.0, x[x30 + at] - origin, inside); let a31 = select(0.0, x[x31 + at] - origin, inside);
      let b0 = vec4f(w0.x, w1.x, w2.x, w3.x); let b1 = vec4f(w0.y, w1.y, w2.y, w3.y);
      let b2 = vec4f(w0.z, w1.z, w2.z, w3.z); let b3 = vec4f(w0.w, w1.w, w2.w, w3.w);
      let d0 = vec4f(v0.x, v1.x, v2.x, v3.x); let d1 = vec4f(v0.y, v1.y, v2.y, v3.y);
      let d2 = vec4f(v0.z, v1.z, v2.z, v3.z); let d3 = vec4f(v0.w, v1.w, v2.w, v3.w);
      square += b0 * b0 + b1 * b1 + b2 * b2 + b3 * b3;
      area += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
      let l0 = spread(a0); c0 = reduce(c0, l0, b0, b1, b2, b3); e0 = reduce(e0, l0, d0, d1, d2, d3);
      let l1 = spread(a1); c1 = reduce(c1, l1, b0, b1, b2, b3); e1 = reduce(e1, l1, d0, d1, d2, d3);
      let l2 = spread(a2); c2 = reduce(c2, l2, b0, b1, b2, b3); e2 = reduce(e2, l2, d0, d1, d2, d3);
      let l3 = spread(a3); c3 = reduce(c3, l3, b0, b1, b2, b3); e3 = reduce(e3, l3, d0, d1, d2, d3);
      let l4 = spread(a4); c4 = reduce(c4, l4, b0, b1, b2, b3); e4 = reduce(e4, l4, d0, d1, d2, d3);
      let l5 = spread(a5); c5 = reduce(c5, l5, b0, b1, b2, b3); e5 = reduce(e5, l5, d0, d1, d2, d3);
      let l6 = spread(a6); c6 = reduce(c6, l6, b0, b1, b2, b3); e6 = reduce(e6, l6, d0, d1, d2, d3);
      let l7 = spread(a7); c7 = reduce(c7, l7, b0, b1, b2, b3); e7 = reduce(e7, l7, d0, d1, d2, d3);
      let l8 = spread(a8); c8 = reduce(c8, l8, b0, b1, b2, b3); e8 = reduce(e8, l8, d0, d1, d2, d3);
      let l9 = spread(a9); c9 = reduce(c9, l9, b0, b1, b2, b3); e9 = reduce(e9, l9, d0, d1, d2, d3);
      let l10 = spread(a10); c10 = reduce(c10, l10, b0, b1, b2, b3); e10 = reduce(e10, l10, d0, d1, d2, d3);
      let l11 = spread(a11); c11 = reduce(c11, l11, b0, b1, b2, b3); e11 = reduce(e11, l11, d0, d1, d2, d3);
      let l12 = spread(a12); c12 = reduce(c12, l12, b0, b1, b2, b3); e12 = reduce(e12, l12, d0, d1, d2, d3);
      let l13 = spread(a13); c13 = reduce(c13, l13, b0, b1, b2, b3); e13 = reduce(e13, l13, d0, d1, d2, d3);
      let l14 = spread(a14); c14 = reduce(c14, l14, b0, b1, b2, b3); e14 = reduce(e14, l14, d0, d1, d2, d3);
      let l15 = spread(a15); c15 = reduce(c15, l15, b0, b1, b2, b3); e15 = reduce(e15, l15, d0, d1, d2, d3);
      let l16 = spread(a16); c16 = reduce(c16, l16, b0, b1, b2, b3); e16 = reduce(e16, l16, d0, d1, d2, d3);
      let l17 = spread(a17); c17 = reduce(c17, l17, b0, b1, b2, b3); e17 = reduce(e17, l17, d0, d1, d2, d3);
      let l18 = spread(a18); c18 = reduce(c18, l18, b0, b1, b2, b3); e18 = reduce(e18, l18, d0, d1, d2, d3);
      let l19 = spread(a19); c19 = reduce(c19, l19, b0, b1, b2, b3); e19 = reduce(e19, l19, d0, d1, d2, d3);
      let l20 = spread(a20); c20 = reduce(c20, l20, b0, b1, b2, b3); e20 = reduce(e20, l20, d0, d1, d2, d3);
      let l21 = spread(a21); c21 = reduce(c21, l21, b0, b1, b2, b3); e21 = reduce(e21, l21, d0, d1, d2, d3);
      let l22 = spread(a22); c22 = reduce(c22, l22, b0, b1, b2, b3); e22 = reduce(e22, l22, d0, d1, d2, d3);
      let l23 = spread(a23); c23 = reduce(c23, l23, b0, b1, b2, b3); e23 = reduce(e23, l23, d0, d1, d2, d3);
      let l24 = spread(a24); c24 = reduce(c24, l24, b0, b1, b2, b3); e24 = reduce(e24, l24, d0, d1, d2, d3);
      let l25 = spread(a25); c25 = reduce(c25, l25, b0, b1, b2, b3); e25 = reduce(e25, l25, d0, d1, d2, d3);
      let l26 = spread(a26); c26 = reduce(c26, l26, b0, b1, b2, b3); e26 = reduce(e26, l26, d0, d1, d2, d3);
      let l27 = spread(a27); c27 = reduce(c27, l27, b0, b1, b2, b3); e27 = reduce(e27, l27, d0, d1, d2, d3);
      let l28 = spread(a28); c28 = reduce(c28, l28, b0, b1, b2, b3); e28 = reduce(e28, l28, d0, d1, d2, d3);
      let l29 = spread(a29); c29 = reduce(c29, l29, b0, b1, b2, b3); e29 = reduce(e29, l29, d0, d1, d2, d3);
      let l30 = spread(a30); c30 = reduce(c30, l30, b0, b1, b2, b3); e30 = reduce(e30, l30, d0, d1, d2, d3);
      let l31 = spread(a31); c31 = reduce(c31, l31, b0, b1, b2, b3); e31 = reduce(e31, l31, d0, d1, d2, d3);
    }
    let half = 0.5 * square; let rest = 0.5 * area;
    best0 = nearer(nearer(best0, half - c0, code), rest - e0, more);
    best1 = nearer(nearer(best1, half - c1, code), rest - e1, more);
    best2 = nearer(nearer(best2, half - c2, code), rest - e2, more);
    best3 = nearer(nearer(best3, half - c3, code), rest - e3, more);
    best4 = nearer(nearer(best4, half - c4, code), rest - e4, more);
    best5 = nearer(nearer(best5, half - c5, code), rest - e5, more);
    best6 = nearer(nearer(best6, half - c6, code), rest - e6, more);
    best7 = nearer(nearer(best7, half - c7, code), rest - e7, more);
    best8 = nearer(nearer(best8, half - c8, code), rest - e8, more);
    best9 = nearer(nearer(best9, half - c9, code), rest - e9, more);
    best10 = nearer(nearer(best10, half - c10, code), rest - e10, more);
    best11 = nearer(nearer(best11, half - c11, code), rest - e11, more);
    best12 = nearer(nearer(best12, half - c12, code), rest - e12, more);
    best13 = nearer(nearer(best13, half - c13, code), rest - e13, more);
    best14 = nearer(nearer(best14, half - c14, code), rest - e14, more);
    best15 = nearer(nearer(best15, half - c15, code), rest - e15, more);
    best16 = nearer(nearer(best16, half - c16, code), rest - e16, more);
    best17 = nearer(nearer(best17, half - c17, code), rest - e17, more);
    best18 = nearer(nearer(best18, half - c18, code), rest - e18, more);
    best19 = nearer(nearer(best19, half - c19, code), rest - e19, more);
    best20 = nearer(nearer(best20, half - c20, code), rest - e20, more);
    best21 = nearer(nearer(best21, half - c21, code), rest - e21, more);
    best22 = nearer(nearer(best22, half - c22, code), rest - e22, more);
    best23 = nearer(nearer(best23, half - c23, code), rest - e23, more);
    best24 = nearer(nearer(best24, half - c24, code), rest - e24, more);
    best25 = nearer(nearer(best25, half - c25, code), rest - e25, more);
    best26 = nearer(nearer(best26, half - c26, code), rest - e26, more);
    best27 = nearer(nearer(best27, half - c27, code), rest - e27, more);
    best28 = nearer(nearer(best28, half - c28, code), rest - e28, more);
    best29 = nearer(nearer(best29, half - c29, code), rest - e29, more);
    best30 = nearer(nearer(best30, half - c30, code), rest - e30, more);
    best31 = nearer(nearer(best31, half - c31, code), rest - e31, more);
  }
  var mine0 = 0u; var mine1 = 0u; var mine2 = 0u; var mine3 = 0u; var mine4 = 0u; var mine5 = 0u; var mine6 = 0u; var mine7 = 0u;
  mine0 = winner(mine0, best0, lane, 0u); mine0 = winner(mine0, best1, lane, 1u);
  mine0 = winner(mine0, best2, lane, 2u); mine0 = winner(mine0, best3, lane, 3u);
  mine1 = winner(mine1, best4, lane, 0u); mine1 = winner(mine1, best5, lane, 1u);
  mine1 = winner(mine1, best6, lane, 2u); mine1 = winner(mine1, best7, lane, 3u);
  mine2 = winner(mine2, best8, lane, 0u); mine2 = winner(mine2, best9, lane, 1u);
  mine2 = winner(mine2, best10, lane, 2u); mine2 = winner(mine2, best11, lane, 3u);
  mine3 = winner(mine3, best12, lane, 0u); mine3 = winner(mine3, best13, lane, 1u);
  mine3 = winner(mine3, best14, lane, 2u); mine3 = winner(mine3, best15, lane, 3u);
  mine4 = winner(mine4, best16, lane, 0u); mine4 = winner(mine4, best17, lane, 1u);
  mine4 = winner(mine4, best18, lane, 2u); mine4 = winner(mine4, best19, lane, 3u);
  mine5 = winner(mine5, best20, lane, 0u); mine5 = winner(mine5, best21, lane, 1u);
  mine5 = winner(mine5, best22, lane, 2u); mine5 = winner(mine5, best23, lane, 3u);
  mine6 = winner(mine6, best24, lane, 0u); mine6 = winner(mine6, best25, lane, 1u);
  mine6 = winner(mine6, best26, lane, 2u); mine6 = winner(mine6, best27, lane, 3u);
  mine7 = winner(mine7, best28, lane, 0u); mine7 = winner(mine7, best29, lane, 1u);
  mine7 = winner(mine7, best30, lane, 2u); mine7 = winner(mine7, best31, lane, 3u);
  finish(r + 0u + lane, mine0);
  finish(r + 4u + lane, mine1);
  finish(r + 8u + lane, mine2);
  finish(r + 12u + lane, mine3);
  finish(r + 16u + lane, mine4);
  finish(r + 20u + lane, mine5);
  finish(r + 24u + lane, mine6);
  finish(r + 28u + lane, mine7);
}
