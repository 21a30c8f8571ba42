// y[r,c] = activation((x[r,c] - mean) * rstd * w[c] + bias[c]),   mean and rstd = 1 / sqrt(var + eps) over `span` rows and C/G channels
// x [N,C]   w [C]   bias [C]   mean, rstd [N/span,G]   y [N,C]    f32, row-major
// grid: N/span*G                                  one workgroup all that share a mean
// use: lib/activation, lib/grid, lib/reduce
// Two passes for the statistics: a sum of squares would lose the variance of values that are far from 0.

struct Sizes {
  N: u32, C: u32, G: u32, span: u32,               // rows, channels; groups of channels, rows that share a mean
  eps: f32, kind: u32, slope: f32,                 // activation (lib/activation), its leak or alpha
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  if (at >= sizes.N / sizes.span * sizes.G) { return; }
  let width = sizes.C / sizes.G;
  let channel = at % sizes.G * width;
  let first = at / sizes.G * sizes.span * sizes.C + channel;
  let count = sizes.span * width;
  var sum = 0.0;
  for (var e = lane; e < count; e += 64u) { sum += x[first + e / width * sizes.C + e % width]; }
  let m = sum_lanes(finite(sum), lane) / f32(count);
  sum = 0.0;
  for (var e = lane; e < count; e += 64u) {
    let d = x[first + e / width * sizes.C + e % width] - m;
    sum += d * d;
  }
  let scale = inverseSqrt(finite(sum_lanes(finite(sum), lane) / f32(count) + sizes.eps));
  for (var e = lane; e < count; e += 64u) {
    let i = first + e / width * sizes.C + e % width;
    let c = channel + e % width;
    let normal = finite(finite(x[i] - m) * scale);
    y[i] = activate(sizes.kind, finite(finite(normal * w[c]) + bias[c]), sizes.slope);
  }
  if (lane == 0u) {
    mean[at] = m;
    rstd[at] = scale;
  }
}
