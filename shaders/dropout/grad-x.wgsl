// dx = dy / (1 - p) where u >= p, else 0          the draws of the forward pass again
// dy [N]   dx [N]                                 f32, any shape
// grid: ceil(N/1024)                              one thread four neighbours, which share a block of draws
// use: lib/grid, lib/math, lib/philox, lib/step

struct Sizes { N: u32, site: u32, p: f32, factor: f32 }  // elements, which dropout of the model, 1/(1-p)
const STREAM: u32 = 4u;                            // dropout; a site has every sixteenth stream

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = flat_group(group, groups) * 256u + lane;
  let words = draw(vec2u(step.seed_low, step.seed_high), STREAM + 16u * sizes.site, step.step, block);
  for (var k = 0u; k < 4u; k++) {
    let i = 4u * block + k;
    if (i >= sizes.N) { return; }
    dx[i] = select(0.0, finite(sizes.factor * dy[i]), to_uniform(words[k]) >= sizes.p);
  }
}
