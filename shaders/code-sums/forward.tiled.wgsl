// sums[k,d] = sum of x[n,d] over the rows n of code k, in a fixed order,   counts[k] = how many there are
// x [N,D]   order u32 [N]   starts u32 [K+1]   counts [K]   sums [K,D]    f32, row-major
// grid: K*ceil(D/COLUMNS)                         one workgroup COLUMNS features of a code, 64/COLUMNS of its rows at a time
// use: lib/columns, lib/grid, lib/math
// GPUs: a code that most rows choose keeps few threads busy otherwise.

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features
override COLUMNS: u32 = 16u;                       // features side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  let across = (sizes.D + COLUMNS - 1u) / COLUMNS;
  let k = at / across;
  if (k >= sizes.K) { return; }
  let column = at % across * COLUMNS + lane % COLUMNS;
  let d = min(column, sizes.D - 1u);
  let first = starts[k];
  let count = starts[k + 1u] - first;
  var sum = 0.0;
  for (var j = lane / COLUMNS; j < sizes.N; j += 64u / COLUMNS) {
    if (j >= count) { break; }
    sum = finite(sum + x[order[first + j] * sizes.D + d]);
  }
  let total = sum_columns(sum, lane);
  if ((lane < COLUMNS) & (column < sizes.D)) {
    sums[k * sizes.D + d] = total;
    if (d == 0u) { counts[k] = f32(count); }
  }
}
