// dx = dy where level < kept, else 0;   kept = 1 + w1 mod Q where w0 < p, else Q         the draws of the forward pass again
// dy [N]   dx [N]                                 f32, any shape
// grid: ceil(N/256)                               one thread an element
// use: lib/grid, lib/philox, lib/step

struct Sizes { N: u32, Q: u32, level: u32, site: u32, p: f32 }  // elements, quantizers, which of them, which draw of the model
const STREAM: u32 = 4u;                            // dropout; a site has every sixteenth stream

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  let words = draw(vec2u(step.seed_low, step.seed_high), STREAM + 16u * sizes.site, step.step, 0u);
  let kept = select(sizes.Q, 1u + words.y % sizes.Q, to_uniform(words.x) < sizes.p);
  dx[i] = select(0.0, dy[i], sizes.level < kept);
}
