// dx[r,c] = w[c] rstd[c] dy[r,c]
// w [C]   rstd [C]   dy [N,C]   dx [N,C]          f32, row-major
// grid: ceil(ceil(N/4)*C/256)                     one thread four elements of a channel, a quarter of x apart
// use: lib/grid, lib/math

struct Sizes { N: u32, C: u32 }                    // rows, channels

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> rstd: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = flat_group(group, groups) * 256u + lane;
  let quarter = (sizes.N + 3u) / 4u * sizes.C;
  if (first >= quarter) { return; }
  let gain = finite(w[first % sizes.C] * rstd[first % sizes.C]);
  for (var i = first; i < sizes.N * sizes.C; i += quarter) { dx[i] = finite(gain * dy[i]); }
}
