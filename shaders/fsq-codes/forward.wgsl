// q[n,d] = (digit_d - floor(L/2)) / floor(L/2),   digit_d = indices[n] / (levels before d) mod L
// indices u32 [N]   q [N,D]                       f32, row-major
// grid: ceil(N/64)                                one thread a row
// use: lib/grid, lib/levels

struct Sizes {
  N: u32, D: u32,                                  // rows, dimensions
  L0: u32, L1: u32, L2: u32, L3: u32, L4: u32, L5: u32, L6: u32, L7: u32,  // levels of each dimension
}

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  var rest = indices[n];
  for (var d = 0u; d < sizes.D; d++) {
    let levels = levels_of(d);
    let half = i32(levels / 2u);
    q[n * sizes.D + d] = f32(i32(rest % levels) - half) / f32(half);
    rest /= levels;
  }
}
