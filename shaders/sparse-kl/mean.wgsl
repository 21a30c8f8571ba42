// mean[j] = sum over the first R rows of h[b,j] / R,   R = min(step.rows, B)
// h [B,J]   mean [J]                              f32, row-major
// grid: ceil(J/COLUMNS)                           one workgroup COLUMNS neighbouring units
// use: lib/columns, lib/grid, lib/math, lib/step

struct Sizes { B: u32, J: u32 }                    // batch rows, units
override COLUMNS: u32 = 1u;                        // side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> h: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let j = flat_group(group, groups) * COLUMNS + lane % COLUMNS;
  let rows = min(step.rows, sizes.B);
  var sum = 0.0;
  if (j < sizes.J) {
    for (var b = lane / COLUMNS; b < rows; b += 64u / COLUMNS) { sum = finite(sum + h[b * sizes.J + j]); }
  }
  let total = sum_columns(sum, lane);
  if (lane < COLUMNS && j < sizes.J) { mean[j] = total / f32(max(rows, 1u)); }
}
