// dbias[c] = sum_s gradPartials[s,0,c]   dw[c] = sum_s gradPartials[s,1,c]
// gradPartials [S,2,C]   dw [C]   dbias [C]       f32, row-major
// grid: ceil(C/COLUMNS)                           one workgroup COLUMNS channels
// use: lib/columns, lib/grid

struct Sizes { C: u32, S: u32 }                    // channels, stretches of the rows
override COLUMNS: u32 = 16u;                       // channels side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> gradPartials: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = flat_group(group, groups) * COLUMNS + lane % COLUMNS;
  let c = min(column, sizes.C - 1u);
  var sum = 0.0;
  var product = 0.0;
  for (var s = lane / COLUMNS; s < sizes.S; s += 64u / COLUMNS) {
    sum = finite(sum + gradPartials[s * 2u * sizes.C + c]);
    product = finite(product + gradPartials[(s * 2u + 1u) * sizes.C + c]);
  }
  let total = sum_columns(sum, lane);
  let products = sum_columns(product, lane);
  if ((lane < COLUMNS) & (column < sizes.C)) {
    dbias[c] = total;
    dw[c] = products;
  }
}
