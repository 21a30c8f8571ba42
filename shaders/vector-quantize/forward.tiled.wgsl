// indices[n] = argmin_k |x[n] - codes[k]|^2, the lowest k among equals;   q[n] = codes[indices[n]],   commit[n] = codebook[n] = |x[n] - q[n]|^2
// x [N,D]   codes [K,D]   q [N,D]   indices [N]   commit [N]   codebook [N]      f32, indices u32, row-major
// grid: ceil(N/64)                                one workgroup = 64 rows, 64 codes at a time; a thread 4 x 4 of them
// use: lib/grid, lib/math
// GPUs: tiles of 16 features in workgroup memory.

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> codes: array<f32>;
@group(0) @binding(2) var<storage, read_write> q: array<f32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> commit: array<f32>;
@group(0) @binding(5) var<storage, read_write> codebook: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> left: array<f32, 1040>;             // rows: [16][64 + 1], the odd stride keeps lanes off one bank; then 16 scores of each row
var<workgroup> right: array<f32, 1040>;            // codes: [16][64 + 1]
var<workgroup> owners: array<u32, 1024>;           // the codes of those scores
var<workgroup> found: array<u32, 64>;

struct Best { score: f32, index: u32 }

fn better(best: Best, score: f32, k: u32) -> Best {
  let nearer = score < best.score;
  return Best(select(best.score, score, nearer), select(best.index, k, nearer));
}

// A thread's codes come in rising order: strictly nearer keeps the lowest. Those past the last are the last one again.
fn nearer(best: Best, scores: vec4f, k: u32) -> Best {
  return better(better(better(better(best, scores.x, k), scores.y, k + 1u), scores.z, k + 2u), scores.w, k + 3u);
}

fn leave(best: Best, row: u32, column: u32) {
  left[row * 16u + column] = best.score;
  owners[row * 16u + column] = best.index;
}

// |x|^2 is the same for all codes: |code|^2 / 2 - x.code orders them alike. Both are taken from the first code on: squares far from 0
// would cancel. What overflows is never the nearest.
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) index: u32) {
  let row0 = flat_group(group, groups) * 64u;
  if (row0 >= sizes.N) { return; }
  var best0 = Best(3.4028234e38, 0u);
  var best1 = best0;
  var best2 = best0;
  var best3 = best0;
  for (var first = 0u; first < sizes.K; first += 64u) {
    var c0 = vec4f();
    var c1 = vec4f();
    var c2 = vec4f();
    var c3 = vec4f();
    var square = 0.0;                              // of a quarter of the features of code first + index % 64
    for (var k = 0u; k < sizes.D; k += 16u) {
      for (var e = index; e < 1024u; e += 256u) {
        let d = k + e % 16u;
        let inside = d < sizes.D;
        let at = min(d, sizes.D - 1u);
        let value = x[min(row0 + e / 16u, sizes.N - 1u) * sizes.D + at] - codes[at];
        left[e % 16u * 65u + e / 16u] = select(0.0, value, inside);
      }
      for (var e = index; e < 1024u; e += 256u) {
        let d = k + e % 16u;
        let inside = d < sizes.D;
        let at = min(d, sizes.D - 1u);
        let value = codes[min(first + e / 16u, sizes.K - 1u) * sizes.D + at] - codes[at];
        right[e % 16u * 65u + e / 16u] = select(0.0, value, inside);
      }
      workgroupBarrier();
      for (var d = 0u; d < 16u; d++) {
        let p = d * 65u + 4u * local.x;
        let b = vec4f(right[p], right[p + 1u], right[p + 2u], right[p + 3u]);
        let a = d * 65u + 4u * local.y;
        c0 = fma(vec4f(left[a]), b, c0);
        c1 = fma(vec4f(left[a + 1u]), b, c1);
        c2 = fma(vec4f(left[a + 2u]), b, c2);
        c3 = fma(vec4f(left[a + 3u]), b, c3);
      }
      for (var d = index / 64u; d < 16u; d += 4u) {
        let b = right[d * 65u + index % 64u];
        square = fma(b, b, square);
      }
      workgroupBarrier();
    }
    left[index] = square;
    workgroupBarrier();
    let p = 4u * local.x;
    let half = 0.5 * (vec4f(left[p], left[p + 1u], left[p + 2u], left[p + 3u])
      + vec4f(left[64u + p], left[65u + p], left[66u + p], left[67u + p])
      + vec4f(left[128u + p], left[129u + p], left[130u + p], left[131u + p])
      + vec4f(left[192u + p], left[193u + p], left[194u + p], left[195u + p]));
    best0 = nearer(best0, half - c0, first + p);
    best1 = nearer(best1, half - c1, first + p);
    best2 = nearer(best2, half - c2, first + p);
    best3 = nearer(best3, half - c3, first + p);
    workgroupBarrier();
  }
  leave(best0, 4u * local.y, local.x);
  leave(best1, 4u * local.y + 1u, local.x);
  leave(best2, 4u * local.y + 2u, local.x);
  leave(best3, 4u * local.y + 3u, local.x);
  workgroupBarrier();
  if (index < 64u) {
    var best = Best(left[index * 16u], owners[index * 16u]);
    for (var j = 1u; j < 16u; j++) {
      let score = left[index * 16u + j];
      let k = owners[index * 16u + j];
      let nearer = (score < best.score) | ((score == best.score) & (k < best.index));
      best = Best(select(best.score, score, nearer), select(best.index, k, nearer));
    }
    found[index] = min(best.index, sizes.K - 1u);
  }
  workgroupBarrier();
  // Four threads a row.
  let n = row0 + index / 4u;
  let code = found[index / 4u] * sizes.D;
  var sum = 0.0;
  for (var d = index % 4u; d < sizes.D; d += 4u) {
    let value = codes[code + d];
    let apart = x[min(n, sizes.N - 1u) * sizes.D + d] - value;
    sum += apart * apart;
    if (n < sizes.N) { q[n * sizes.D + d] = value; }
  }
  left[index] = sum;
  workgroupBarrier();
  let row = row0 + index;
  if ((index < 64u) & (row < sizes.N)) {
    let error = finite(left[4u * index] + left[4u * index + 1u] + left[4u * index + 2u] + left[4u * index + 3u]);
    indices[row] = found[index];
    commit[row] = error;
    codebook[row] = error;
  }
}
