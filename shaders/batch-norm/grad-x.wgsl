// dx[r,c] = w rstd (dy[r,c] - sumDy / n - normal sumProduct / n),   normal = (x[r,c] - mean) rstd; 0 in rows that do not count
// x [N,C]   w, mean, rstd, sumProduct, sumDy [C]   dy [N,C]   dx [N,C]     f32, row-major; n rows count
// grid: ceil(ceil(N/4)*C/256)                     one thread four elements of a channel, a quarter of x apart
// use: lib/grid, lib/math, lib/step

struct Sizes { N: u32, C: u32, P: u32 }            // rows, channels; rows of x in a row of the batch

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read> sumProduct: array<f32>;
@group(0) @binding(5) var<storage, read> sumDy: array<f32>;
@group(0) @binding(6) var<storage, read> dy: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = flat_group(group, groups) * 256u + lane;
  let quarter = (sizes.N + 3u) / 4u * sizes.C;
  if (first >= quarter) { return; }
  let c = first % sizes.C;
  let rows = min(step.rows, sizes.N / sizes.P) * sizes.P;
  let n = f32(max(rows, 1u));
  let m = mean[c];
  let scale = rstd[c];
  let gain = finite(w[c] * scale);
  let even = sumDy[c] / n;
  let tilt = sumProduct[c] / n;
  for (var i = first; i < sizes.N * sizes.C; i += quarter) {
    let normal = finite(finite(x[i] - m) * scale);
    let d = finite(finite(dy[i] - even) - finite(normal * tilt));
    dx[i] = select(0.0, finite(gain * d), i < rows * sizes.C);
  }
}
