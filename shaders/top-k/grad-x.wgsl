// dx = kept dy
// kept [N]   dy [N]   dx [N]                      f32, kept u32, any shape
// grid: ceil(N/256)                               one thread an element
// use: lib/grid

struct Sizes { N: u32 }                            // elements

@group(0) @binding(0) var<storage, read> kept: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  dx[i] = select(0.0, dy[i], kept[i] == 1u);
}
