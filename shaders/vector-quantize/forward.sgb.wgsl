// indices[n] = argmin_k |x[n] - codes[k]|^2, the lowest k among equals;   q[n] = codes[indices[n]],   commit[n] = codebook[n] = |x[n] - q[n]|^2
// x [N,D]   codes [K,D]   q [N,D]   indices [N]   commit [N]   codebook [N]      f32, indices u32, row-major, D a multiple of 4
// grid: ceil(N/16)                                one workgroup = one subgroup = 16 rows; a lane owns 4 codes at a time
// use: lib/grid, lib/math
// Software adapters: subgroup broadcast, no workgroup memory.
enable subgroups;

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features
override SUBGROUP: u32 = 8u;                       // lanes of a subgroup: 4 or 8

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> codes: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> commit: array<f32>;
@group(0) @binding(5) var<storage, read_write> codebook: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

struct Best { score: f32, index: u32 }

fn better(best: Best, score: f32, k: u32) -> Best {
  let nearer = (score < best.score) & (k < sizes.K);
  return Best(select(best.score, score, nearer), select(best.index, k, nearer));
}

// A lane's codes come in rising order: strictly nearer keeps the lowest.
fn nearer(best: Best, scores: vec4f, k: u32) -> Best {
  return better(better(better(better(best, scores.x, k), scores.y, k + 1u), scores.z, k + 2u), scores.w, k + 3u);
}

fn finish(n: u32, best: Best, lane: u32) {
  let least = subgroupMin(best.score);
  let index = subgroupMin(select(0xffffffffu, best.index, best.score == least));
  let row = min(n, sizes.N - 1u) * sizes.D;
  let width = sizes.D / 4u;
  var sum = 0.0;
  for (var d = lane; d < width; d += SUBGROUP) {
    let code = codes[index * width + d];
    let at = row + 4u * d;
    let apart = vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]) - code;
    sum += dot(apart, apart);
    if (n < sizes.N) { q[n * width + d] = code; }
  }
  let error = finite(subgroupAdd(sum));
  if ((lane == 0u) & (n < sizes.N)) {
    indices[n] = index;
    commit[n] = error;
    codebook[n] = error;
  }
}

// |x|^2 is the same for all codes: |code|^2 / 2 - x.code orders them alike. What overflows is never the nearest.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let r = flat_group(group, groups) * 16u;
  if (r >= sizes.N) { return; }
  let width = sizes.D / 4u;
  let last = width - 1u;
  let x0 = min(r + 0u, sizes.N - 1u) * sizes.D; let x1 = min(r + 1u, sizes.N - 1u) * sizes.D;
  let x2 = min(r + 2u, sizes.N - 1u) * sizes.D; let x3 = min(r + 3u, sizes.N - 1u) * sizes.D;
  let x4 = min(r + 4u, sizes.N - 1u) * sizes.D; let x5 = min(r + 5u, sizes.N - 1u) * sizes.D;
  let x6 = min(r + 6u, sizes.N - 1u) * sizes.D; let x7 = min(r + 7u, sizes.N - 1u) * sizes.D;
  let x8 = min(r + 8u, sizes.N - 1u) * sizes.D; let x9 = min(r + 9u, sizes.N - 1u) * sizes.D;
  let x10 = min(r + 10u, sizes.N - 1u) * sizes.D; let x11 = min(r + 11u, sizes.N - 1u) * sizes.D;
  let x12 = min(r + 12u, sizes.N - 1u) * sizes.D; let x13 = min(r + 13u, sizes.N - 1u) * sizes.D;
  let x14 = min(r + 14u, sizes.N - 1u) * sizes.D; let x15 = min(r + 15u, sizes.N - 1u) * sizes.D;
  var best0 = Best(3.4028234e38, 0u); var best1 = Best(3.4028234e38, 0u); var best2 = Best(3.4028234e38, 0u); var best3 = Best(3.4028234e38, 0u);
  var best4 = Best(3.4028234e38, 0u); var best5 = Best(3.4028234e38, 0u); var best6 = Best(3.4028234e38, 0u); var best7 = Best(3.4028234e38, 0u);
  var best8 = Best(3.4028234e38, 0u); var best9 = Best(3.4028234e38, 0u); var best10 = Best(3.4028234e38, 0u); var best11 = Best(3.4028234e38, 0u);
  var best12 = Best(3.4028234e38, 0u); var best13 = Best(3.4028234e38, 0u); var best14 = Best(3.4028234e38, 0u); var best15 = Best(3.4028234e38, 0u);
  for (var first = 0u; first < sizes.K; first += 4u * SUBGROUP) {
    let code = first + 4u * lane;
    let i0 = min(code, sizes.K - 1u) * width;
    let i1 = min(code + 1u, sizes.K - 1u) * width;
    let i2 = min(code + 2u, sizes.K - 1u) * width;
    let i3 = min(code + 3u, sizes.K - 1u) * width;
    var square = vec4f();
    var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
    var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
    var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
    var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
    for (var k = 0u; k < sizes.D; k += SUBGROUP) {
      let inside = k + lane < sizes.D;
      let at = min(k + lane, sizes.D - 1u);
      let a0 = select(0.0, x[x0 + at], inside); let a1 = select(0.0, x[x1 + at], inside);
      let a2 = select(0.0, x[x2 + at], inside); let a3 = select(0.0, x[x3 + at], inside);
      let a4 = select(0.0, x[x4 + at], inside); let a5 = select(0.0, x[x5 + at], inside);
      let a6 = select(0.0, x[x6 + at], inside); let a7 = select(0.0, x[x7 + at], inside);
      let a8 = select(0.0, x[x8 + at], inside); let a9 = select(0.0, x[x9 + at], inside);
      let a10 = select(0.0, x[x10 + at], inside); let a11 = select(0.0, x[x11 + at], inside);
      let a12 = select(0.0, x[x12 + at], inside); let a13 = select(0.0, x[x13 + at], inside);
      let a14 = select(0.0, x[x14 + at], inside); let a15 = select(0.0, x[x15 + at], inside);
      var o: u32;
      var b: vec4f;
      var w0: vec4f; var w1: vec4f; var w2: vec4f; var w3: vec4f;
      o = min(k / 4u + 0u, last);
      w0 = codes[i0 + o]; w1 = codes[i1 + o]; w2 = codes[i2 + o]; w3 = codes[i3 + o];
      b = vec4f(w0.x, w1.x, w2.x, w3.x);
      square += b * b;
      c0 += subgroupBroadcast(a0, 0u) * b; c1 += subgroupBroadcast(a1, 0u) * b;
      c2 += subgroupBroadcast(a2, 0u) * b; c3 += subgroupBroadcast(a3, 0u) * b;
      c4 += subgroupBroadcast(a4, 0u) * b; c5 += subgroupBroadcast(a5, 0u) * b;
      c6 += subgroupBroadcast(a6, 0u) * b; c7 += subgroupBroadcast(a7, 0u) * b;
      c8 += subgroupBroadcast(a8, 0u) * b; c9 += subgroupBroadcast(a9, 0u) * b;
      c10 += subgroupBroadcast(a10, 0u) * b; c11 += subgroupBroadcast(a11, 0u) * b;
      c12 += subgroupBroadcast(a12, 0u) * b; c13 += subgroupBroadcast(a13, 0u) * b;
      c14 += subgroupBroadcast(a14, 0u) * b; c15 += subgroupBroadcast(a15, 0u) * b;
      b = vec4f(w0.y, w1.y, w2.y, w3.y);
      square += b * b;
      c0 += subgroupBroadcast(a0, 1u) * b; c1 += subgroupBroadcast(a1, 1u) * b;
      c2 += subgroupBroadcast(a2, 1u) * b; c3 += subgroupBroadcast(a3, 1u) * b;
      c4 += subgroupBroadcast(a4, 1u) * b; c5 += subgroupBroadcast(a5, 1u) * b;
      c6 += subgroupBroadcast(a6, 1u) * b; c7 += subgroupBroadcast(a7, 1u) * b;
      c8 += subgroupBroadcast(a8, 1u) * b; c9 += subgroupBroadcast(a9, 1u) * b;
      c10 += subgroupBroadcast(a10, 1u) * b; c11 += subgroupBroadcast(a11, 1u) * b;
      c12 += subgroupBroadcast(a12, 1u) * b; c13 += subgroupBroadcast(a13, 1u) * b;
      c14 += subgroupBroadcast(a14, 1u) * b; c15 += subgroupBroadcast(a15, 1u) * b;
      b = vec4f(w0.z, w1.z, w2.z, w3.z);
      square += b * b;
      c0 += subgroupBroadcast(a0, 2u) * b; c1 += subgroupBroadcast(a1, 2u) * b;
      c2 += subgroupBroadcast(a2, 2u) * b; c3 += subgroupBroadcast(a3, 2u) * b;
      c4 += subgroupBroadcast(a4, 2u) * b; c5 += subgroupBroadcast(a5, 2u) * b;
      c6 += subgroupBroadcast(a6, 2u) * b; c7 += subgroupBroadcast(a7, 2u) * b;
      c8 += subgroupBroadcast(a8, 2u) * b; c9 += subgroupBroadcast(a9, 2u) * b;
      c10 += subgroupBroadcast(a10, 2u) * b; c11 += subgroupBroadcast(a11, 2u) * b;
      c12 += subgroupBroadcast(a12, 2u) * b; c13 += subgroupBroadcast(a13, 2u) * b;
      c14 += subgroupBroadcast(a14, 2u) * b; c15 += subgroupBroadcast(a15, 2u) * b;
      b = vec4f(w0.w, w1.w, w2.w, w3.w);
      square += b * b;
      c0 += subgroupBroadcast(a0, 3u) * b; c1 += subgroupBroadcast(a1, 3u) * b;
      c2 += subgroupBroadcast(a2, 3u) * b; c3 += subgroupBroadcast(a3, 3u) * b;
      c4 += subgroupBroadcast(a4, 3u) * b; c5 += subgroupBroadcast(a5, 3u) * b;
      c6 += subgroupBroadcast(a6, 3u) * b; c7 += subgroupBroadcast(a7, 3u) * b;
      c8 += subgroupBroadcast(a8, 3u) * b; c9 += subgroupBroadcast(a9, 3u) * b;
      c10 += subgroupBroadcast(a10, 3u) * b; c11 += subgroupBroadcast(a11, 3u) * b;
      c12 += subgroupBroadcast(a12, 3u) * b; c13 += subgroupBroadcast(a13, 3u) * b;
      c14 += subgroupBroadcast(a14, 3u) * b; c15 += subgroupBroadcast(a15, 3u) * b;
      if ((SUBGROUP == 8u) & (k + 4u < sizes.D)) {
        o = min(k / 4u + 1u, last);
        w0 = codes[i0 + o]; w1 = codes[i1 + o]; w2 = codes[i2 + o]; w3 = codes[i3 + o];
        b = vec4f(w0.x, w1.x, w2.x, w3.x);
        square += b * b;
        c0 += subgroupBroadcast(a0, 4u) * b; c1 += subgroupBroadcast(a1, 4u) * b;
        c2 += subgroupBroadcast(a2, 4u) * b; c3 += subgroupBroadcast(a3, 4u) * b;
        c4 += subgroupBroadcast(a4, 4u) * b; c5 += subgroupBroadcast(a5, 4u) * b;
        c6 += subgroupBroadcast(a6, 4u) * b; c7 += subgroupBroadcast(a7, 4u) * b;
        c8 += subgroupBroadcast(a8, 4u) * b; c9 += subgroupBroadcast(a9, 4u) * b;
        c10 += subgroupBroadcast(a10, 4u) * b; c11 += subgroupBroadcast(a11, 4u) * b;
        c12 += subgroupBroadcast(a12, 4u) * b; c13 += subgroupBroadcast(a13, 4u) * b;
        c14 += subgroupBroadcast(a14, 4u) * b; c15 += subgroupBroadcast(a15, 4u) * b;
        b = vec4f(w0.y, w1.y, w2.y, w3.y);
        square += b * b;
        c0 += subgroupBroadcast(a0, 5u) * b; c1 += subgroupBroadcast(a1, 5u) * b;
        c2 += subgroupBroadcast(a2, 5u) * b; c3 += subgroupBroadcast(a3, 5u) * b;
        c4 += subgroupBroadcast(a4, 5u) * b; c5 += subgroupBroadcast(a5, 5u) * b;
        c6 += subgroupBroadcast(a6, 5u) * b; c7 += subgroupBroadcast(a7, 5u) * b;
        c8 += subgroupBroadcast(a8, 5u) * b; c9 += subgroupBroadcast(a9, 5u) * b;
        c10 += subgroupBroadcast(a10, 5u) * b; c11 += subgroupBroadcast(a11, 5u) * b;
        c12 += subgroupBroadcast(a12, 5u) * b; c13 += subgroupBroadcast(a13, 5u) * b;
        c14 += subgroupBroadcast(a14, 5u) * b; c15 += subgroupBroadcast(a15, 5u) * b;
        b = vec4f(w0.z, w1.z, w2.z, w3.z);
        square += b * b;
        c0 += subgroupBroadcast(a0, 6u) * b; c1 += subgroupBroadcast(a1, 6u) * b;
        c2 += subgroupBroadcast(a2, 6u) * b; c3 += subgroupBroadcast(a3, 6u) * b;
        c4 += subgroupBroadcast(a4, 6u) * b; c5 += subgroupBroadcast(a5, 6u) * b;
        c6 += subgroupBroadcast(a6, 6u) * b; c7 += subgroupBroadcast(a7, 6u) * b;
        c8 += subgroupBroadcast(a8, 6u) * b; c9 += subgroupBroadcast(a9, 6u) * b;
        c10 += subgroupBroadcast(a10, 6u) * b; c11 += subgroupBroadcast(a11, 6u) * b;
        c12 += subgroupBroadcast(a12, 6u) * b; c13 += subgroupBroadcast(a13, 6u) * b;
        c14 += subgroupBroadcast(a14, 6u) * b; c15 += subgroupBroadcast(a15, 6u) * b;
        b = vec4f(w0.w, w1.w, w2.w, w3.w);
        square += b * b;
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
    let half = 0.5 * square;
    best0 = nearer(best0, half - c0, code);
    best1 = nearer(best1, half - c1, code);
    best2 = nearer(best2, half - c2, code);
    best3 = nearer(best3, half - c3, code);
    best4 = nearer(best4, half - c4, code);
    best5 = nearer(best5, half - c5, code);
    best6 = nearer(best6, half - c6, code);
    best7 = nearer(best7, half - c7, code);
    best8 = nearer(best8, half - c8, code);
    best9 = nearer(best9, half - c9, code);
    best10 = nearer(best10, half - c10, code);
    best11 = nearer(best11, half - c11, code);
    best12 = nearer(best12, half - c12, code);
    best13 = nearer(best13, half - c13, code);
    best14 = nearer(best14, half - c14, code);
    best15 = nearer(best15, half - c15, code);
  }
  finish(r + 0u, best0, lane);
  finish(r + 1u, best1, lane);
  finish(r + 2u, best2, lane);
  finish(r + 3u, best3, lane);
  finish(r + 4u, best4, lane);
  finish(r + 5u, best5, lane);
  finish(r + 6u, best6, lane);
  finish(r + 7u, best7, lane);
  finish(r + 8u, best8, lane);
  finish(r + 9u, best9, lane);
  finish(r + 10u, best10, lane);
  finish(r + 11u, best11, lane);
  finish(r + 12u, best12, lane);
  finish(r + 13u, best13, lane);
  finish(r + 14u, best14, lane);
  finish(r + 15u, best15, lane);
}
