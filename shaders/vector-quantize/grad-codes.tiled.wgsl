// dcodes[k,d] = sum of 2 dcodebook[n] (q[n,d] - x[n,d]) over the rows n of code k, in a fixed order
// x [N,D]   q [N,D]   order u32 [N]   starts u32 [K+1]   dcodebook [N]   dcodes [K,D]     f32, row-major
// grid: K*ceil(D/COLUMNS)                         one workgroup COLUMNS features of a code, 64/COLUMNS of its rows at a time
// use: lib/columns, lib/grid, lib/math
// GPUs: a code that most rows choose keeps few threads busy otherwise.

struct Sizes { N: u32, K: u32, D: u32 }            // rows, codes, features
override COLUMNS: u32 = 16u;                       // features side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<storage, read> dcodebook: array<f32>;
@group(0) @binding(5) var<storage, read_write> dcodes: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

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
    let n = order[first + j];
    sum = finite(sum + finite(finite(2.0 * dcodebook[n]) * finite(q[n * sizes.D + d] - x[n * sizes.D + d])));
  }
  let total = sum_columns(sum, lane);
  if ((lane < COLUMNS) & (column < sizes.D)) { dcodes[k * sizes.D + d] = total; }
}
