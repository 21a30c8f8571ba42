// q[n,d] = bit d of indices[n] ? 1 : -1
// indices u32 [N]   q [N,D]                       f32, row-major
// grid: ceil(N*D/256)                             one thread an element
// use: lib/grid

struct Sizes { N: u32, D: u32 }                    // rows, bits

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N * sizes.D) { return; }
  q[i] = select(-1.0, 1.0, ((indices[i / sizes.D] >> (i % sizes.D)) & 1u) == 1u);
}
