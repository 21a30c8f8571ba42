// map[cursor + b,:] = z[b,(first,second)]         the rows of a batch that count
// z [B,D]   map [N,2]                             f32, row-major; map is rewritten in place
// grid: ceil(B/256)                               one thread a row
// use: lib/grid, lib/step

struct Sizes { B: u32, D: u32, N: u32, first: u32, second: u32 }  // rows, columns of z, rows of the map, the columns it takes

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> map: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups) * 256u + lane;
  let n = step.cursor + b;
  if ((b >= sizes.B) | (b >= step.rows) | (n >= sizes.N)) { return; }
  map[2u * n] = z[b * sizes.D + sizes.first];
  map[2u * n + 1u] = z[b * sizes.D + sizes.second];
}
