// mean, rstd = 1 / sqrt(var + eps) over all stretches   runningMean = rest runningMean + momentum mean, runningVar alike by n/(n-1) var
// runningMean, runningVar [C]   partials [S,2,C]   mean, rstd [C]     f32; the running ones are rewritten in place
// grid: ceil(C/COLUMNS)                           one workgroup COLUMNS channels
// use: lib/columns, lib/grid, lib/step
// Stretches are joined by Chan, Golub and LeVeque 1979.

struct Sizes {
  N: u32, C: u32, P: u32, S: u32, L: u32,          // rows, channels; rows of x in a row of the batch; stretches, rows of one
  eps: f32, momentum: f32, rest: f32,              // rest = 1 - momentum
}
override COLUMNS: u32 = 16u;                       // channels side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read_write> runningMean: array<f32>;
@group(0) @binding(1) var<storage, read_write> runningVar: array<f32>;
@group(0) @binding(2) var<storage, read> partials: array<f32>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn count(s: u32, rows: u32) -> f32 {
  let start = min(s * sizes.L, rows);
  return f32(min(start + sizes.L, rows) - start);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = flat_group(group, groups) * COLUMNS + lane % COLUMNS;
  let c = min(column, sizes.C - 1u);
  let rows = min(step.rows, sizes.N / sizes.P) * sizes.P;
  let n = f32(max(rows, 1u));
  var sum = 0.0;
  for (var s = lane / COLUMNS; s < sizes.S; s += 64u / COLUMNS) {
    sum += finite(partials[s * 2u * sizes.C + c] * (count(s, rows) / n));
  }
  let m = sum_columns(finite(sum), lane);
  sum = 0.0;
  for (var s = lane / COLUMNS; s < sizes.S; s += 64u / COLUMNS) {
    let d = finite(partials[s * 2u * sizes.C + c] - m);
    sum += partials[(s * 2u + 1u) * sizes.C + c] + count(s, rows) * finite(d * d);
  }
  let squares = sum_columns(finite(sum), lane);
  if ((lane < COLUMNS) & (column < sizes.C)) {
    mean[c] = m;
    rstd[c] = inverseSqrt(finite(squares / n + sizes.eps));
    if (rows > 0u) {
      runningMean[c] = finite(sizes.rest * runningMean[c] + sizes.momentum * m);
      runningVar[c] = finite(sizes.rest * runningVar[c] + sizes.momentum * (squares / max(n - 1.0, 1.0)));
    }
  }
}
