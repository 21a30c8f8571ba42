// gradPartials[s,0,c] = sum of dy[r,c],   gradPartials[s,1,c] = sum of dy[r,c] (x[r,c] - mean) rstd   over stretch s of the rows
// x [N,C]   mean, rstd [N/span,G]   dy [N,C]   gradPartials [S,2,C]   f32, row-major
// grid: S*ceil(C/COLUMNS)                         one workgroup COLUMNS channels of a stretch
// use: lib/columns, lib/grid
// `span` rows and C/G channels share a mean: all rows of one channel in batch-norm. In rows that do not count dy is 0.

struct Sizes {
  N: u32, C: u32, S: u32, L: u32,                  // rows, channels; stretches of the rows, rows of one
  G: u32, span: u32,                               // groups of channels, rows that share a mean
}
override COLUMNS: u32 = 16u;                       // channels side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> rstd: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradPartials: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  let across = (sizes.C + COLUMNS - 1u) / COLUMNS;
  let s = at / across;
  if (s >= sizes.S) { return; }
  let column = at % across * COLUMNS + lane % COLUMNS;
  let c = min(column, sizes.C - 1u);
  let start = s * sizes.L;
  let end = min(start + sizes.L, sizes.N);
  let g = c / (sizes.C / sizes.G);
  var sum = 0.0;
  var product = 0.0;
  for (var r = start + lane / COLUMNS; r < end; r += 64u / COLUMNS) {
    let i = r * sizes.C + c;
    let place = r / sizes.span * sizes.G + g;
    let normal = finite(finite(x[i] - mean[place]) * rstd[place]);
    sum = finite(sum + dy[i]);
    product = finite(product + dy[i] * normal);
  }
  let total = sum_columns(sum, lane);
  let products = sum_columns(product, lane);
  if ((lane < COLUMNS) & (column < sizes.C)) {
    gradPartials[s * 2u * sizes.C + c] = total;
    gradPartials[(s * 2u + 1u) * sizes.C + c] = products;
  }
}
