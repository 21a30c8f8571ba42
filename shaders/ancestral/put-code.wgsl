// ring[b, row mod R, column, c] = w[codes[b, step.pixel], c]; 0 where there is no such code; row, column those of step.pixel
// w [K,C]   codes [B,N]   ring [B,R,W,C], in place   f32, codes u32, row-major
// grid: ceil(B*C/64)                              one thread a channel of a map's pixel
// use: lib/grid, lib/step

struct Sizes { B: u32, N: u32, R: u32, W: u32, K: u32, C: u32 }  // maps, pixels of a map, rows kept, columns, codes, channels

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> ring: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.B * sizes.C) { return; }
  let b = n / sizes.C;
  let c = n % sizes.C;
  let code = codes[b * sizes.N + step.pixel];
  let known = code < sizes.K;
  let row = step.pixel / sizes.W % sizes.R;
  ring[((b * sizes.R + row) * sizes.W + step.pixel % sizes.W) * sizes.C + c] = select(0.0, w[select(0u, code * sizes.C + c, known)], known);
}
