// mean[l] = sum over the first R rows of 0.5 (mu^2 + exp(logVar) - 1 - logVar) / R,   R = min(step.rows, B)
// stats [B,2L] = mu, logVar   mean [L]            f32, row-major
// grid: ceil(L/COLUMNS)                           one workgroup COLUMNS neighbouring dimensions
// use: lib/columns, lib/grid, lib/math, lib/step

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions
override COLUMNS: u32 = 1u;                        // side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let l = flat_group(group, groups) * COLUMNS + lane % COLUMNS;
  let rows = min(step.rows, sizes.B);
  var sum = 0.0;
  if (l < sizes.L) {
    for (var b = lane / COLUMNS; b < rows; b += 64u / COLUMNS) {
      let mu = stats[2u * b * sizes.L + l];
      let log_var = stats[(2u * b + 1u) * sizes.L + l];
      let variance = exp(clamp(log_var, -30.0, 20.0));
      sum = finite(sum + (0.5 * mu * mu + 0.5 * (variance - 1.0 - log_var)));
    }
  }
  let total = sum_columns(sum, lane);
  if (lane < COLUMNS && l < sizes.L) { mean[l] = total / f32(max(rows, 1u)); }
}
