// rank[n] = rows of n's stretch before n that have its code,   histogram[s,k] = rows of stretch s that have code k
// indices u32 [N]   rank u32 [N]   histogram u32 [S,K]    row-major; without the rows that do not count
// grid: S                                         one workgroup a stretch
// use: lib/grid, lib/step

struct Sizes { N: u32, K: u32, P: u32, S: u32, L: u32 }  // rows, codes; rows of x in a row of the batch; stretches, rows of one
override COUNTED: bool = false;                          // whether only the first step.rows rows of the batch count

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read_write> rank: array<u32>;
@group(0) @binding(2) var<storage, read_write> histogram: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile: array<u32, 64>;

// 64 rows at a time: the last one of each code among them moves its code's number on.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let s = flat_group(group, groups);
  if (s >= sizes.S) { return; }
  for (var k = lane; k < sizes.K; k += 64u) { histogram[s * sizes.K + k] = 0u; }
  let rows = select(sizes.N, min(step.rows, sizes.N / sizes.P) * sizes.P, COUNTED);
  let start = min(s * sizes.L, rows);
  let end = min(start + sizes.L, rows);
  for (var first = start; first < end; first += 64u) {
    let n = first + lane;
    let code = select(sizes.K, min(indices[min(n, sizes.N - 1u)], sizes.K), n < end);
    let known = code < sizes.K;
    tile[lane] = code;
    storageBarrier();
    workgroupBarrier();
    var before = 0u;
    var after = 0u;
    for (var j = 0u; j < 64u; j++) {
      let same = tile[j] == code;
      before += select(0u, 1u, same & (j < lane));
      after += select(0u, 1u, same & (j > lane));
    }
    let at = s * sizes.K + min(code, sizes.K - 1u);
    let place = histogram[at] + before;
    storageBarrier();
    workgroupBarrier();
    if (known) { rank[n] = place; }
    if (known & (after == 0u)) { histogram[at] = place + 1u; }
  }
}
