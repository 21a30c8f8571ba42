// y[0,l], y[1,l], y[2,l] = mean of 0.5 (mu^2 + exp(logVar) - 1 - logVar), of mu, and of (mu - its mean)^2 over the first R rows
// stats [B,2L] = mu, logVar   y [3,L]             f32, row-major; R = min(step.rows, B)
// grid: ceil(L/COLUMNS)                           one workgroup COLUMNS neighbouring dimensions
// use: lib/columns, lib/grid, lib/math, lib/square, lib/step

struct Sizes { B: u32, L: u32 }                    // batch rows, latent dimensions
override COLUMNS: u32 = 1u;                        // side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let l = flat_group(group, groups) * COLUMNS + lane % COLUMNS;
  let rows = min(step.rows, sizes.B);
  let share = 1.0 / f32(max(rows, 1u));
  let last = select(0u, rows, l < sizes.L);
  var kl = 0.0;
  var sum = 0.0;
  for (var b = lane / COLUMNS; b < last; b += 64u / COLUMNS) {
    let mu = stats[2u * b * sizes.L + l];
    let log_var = stats[(2u * b + 1u) * sizes.L + l];
    let variance = exp(clamp(log_var, -30.0, 20.0));
    kl = finite(kl + share * (0.5 * safe_square(mu) + 0.5 * (variance - 1.0 - log_var)));
    sum = finite(sum + share * mu);
  }
  let mean = sum_columns(sum, lane);
  let kl_mean = sum_columns(kl, lane);
  var squares = 0.0;
  for (var b = lane / COLUMNS; b < last; b += 64u / COLUMNS) {
    squares = finite(squares + share * safe_square(stats[2u * b * sizes.L + l] - mean));
  }
  let spread = sum_columns(squares, lane);
  if (lane < COLUMNS && l < sizes.L) {
    y[l] = kl_mean;
    y[sizes.L + l] = mean;
    y[2u * sizes.L + l] = spread;
  }
}
