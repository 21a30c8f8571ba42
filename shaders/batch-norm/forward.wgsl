// y[r,c] = activation((x[r,c] - mean[c]) * rstd[c] * w[c] + bias[c])
// x [N,C]   w [C]   bias [C]   mean [C]   rstd [C]   y [N,C]      f32, row-major
// grid: ceil(ceil(N/4)*C/256)                     one thread four elements of a channel, a quarter of x apart
// use: lib/activation, lib/grid

struct Sizes { N: u32, C: u32, kind: u32, slope: f32 }  // rows, channels; activation (lib/activation), its leak or alpha

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = flat_group(group, groups) * 256u + lane;
  let quarter = (sizes.N + 3u) / 4u * sizes.C;
  if (first >= quarter) { return; }
  let c = first % sizes.C;
  let m = mean[c];
  let scale = rstd[c];
  let gain = w[c];
  let shift = bias[c];
  for (var i = first; i < sizes.N * sizes.C; i += quarter) {
    let normal = finite(finite(x[i] - m) * scale);
    y[i] = activate(sizes.kind, finite(finite(normal * gain) + shift), sizes.slope);
  }
}
