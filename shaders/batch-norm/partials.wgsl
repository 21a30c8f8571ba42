// partials[s,0,c] = mean of x[r,c] over stretch s of the rows,   partials[s,1,c] = sum of (x[r,c] - that mean)^2
// x [N,C]   partials [S,2,C]                      f32, row-major; only rows of batch rows that count
// grid: S*ceil(C/COLUMNS)                         one workgroup COLUMNS channels of a stretch
// use: lib/columns, lib/grid, lib/step
// Two passes over the stretch: a sum of squares would lose the variance of channels that are far from 0.

struct Sizes { N: u32, C: u32, P: u32, S: u32, L: u32 }  // rows, channels; rows of x in a row of the batch; stretches, rows of one
override COLUMNS: u32 = 16u;                             // channels side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  let across = (sizes.C + COLUMNS - 1u) / COLUMNS;
  let s = at / across;
  if (s >= sizes.S) { return; }
  let column = at % across * COLUMNS + lane % COLUMNS;
  let c = min(column, sizes.C - 1u);
  let rows = min(step.rows, sizes.N / sizes.P) * sizes.P;
  let start = min(s * sizes.L, rows);
  let end = min(start + sizes.L, rows);
  var sum = 0.0;
  for (var r = start + lane / COLUMNS; r < end; r += 64u / COLUMNS) { sum += x[r * sizes.C + c]; }
  let mean = sum_columns(finite(sum), lane) / f32(max(end - start, 1u));
  sum = 0.0;
  for (var r = start + lane / COLUMNS; r < end; r += 64u / COLUMNS) {
    let d = x[r * sizes.C + c] - mean;
    sum += d * d;
  }
  let squares = sum_columns(finite(sum), lane);
  if ((lane < COLUMNS) & (column < sizes.C)) {
    partials[s * 2u * sizes.C + c] = mean;
    partials[(s * 2u + 1u) * sizes.C + c] = squares;
  }
}
