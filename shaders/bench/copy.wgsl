// y[n] = x[n]
// x [N]   y [N]                                   f32, N a multiple of 4
// grid: ceil(N/1024)                              one thread 4 elements, 4 times
// use: lib/grid
// The bench's measure of memory: 8 bytes an element.

struct Sizes { N: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = flat_group(group, groups) * 256u + lane;
  let end = min(first + 256u, sizes.N / 4u);
  for (var n = first; n < end; n += 64u) { y[n] = x[n]; }
}
