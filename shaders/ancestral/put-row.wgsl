// ring[b, row mod R, q, c] = x[b,q,c]             row that of step.pixel
// x [B,W,C]   ring [B,R,W,C], in place            f32, row-major
// grid: ceil(B*W*C/256)                           one thread an element of x
// use: lib/grid, lib/step

struct Sizes { B: u32, R: u32, W: u32, C: u32 }    // maps, rows kept, columns, channels

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> ring: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  let width = sizes.W * sizes.C;
  if (n >= sizes.B * width) { return; }
  ring[(n / width * sizes.R + step.pixel / sizes.W % sizes.R) * width + n % width] = x[n];
}
