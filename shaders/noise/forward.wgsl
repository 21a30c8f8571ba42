// y = temperature * n                             n standard normal
// y [N]                                           f32, any shape
// grid: ceil(N/1024)                              one thread four neighbours, which share a block of draws
// use: lib/grid, lib/math, lib/normals, lib/step

struct Sizes { N: u32, stream: u32, temperature: f32 }  // elements, stream of src/random/philox.ts

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = flat_group(group, groups) * 256u + lane;
  let normals = normals_of(draw(vec2u(step.seed_low, step.seed_high), sizes.stream, step.step, block));
  for (var k = 0u; k < 4u; k++) {
    let i = 4u * block + k;
    if (i >= sizes.N) { return; }
    y[i] = finite(sizes.temperature * normals[k]);
  }
}
