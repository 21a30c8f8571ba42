// y = 1 where the corruption of this step takes x's place, else 0
// y [B,H,W,C]                                     f32, channels-last; of N elements, any shape but for patches
// grid: ceil(N/1024)                              one thread four neighbours, which share a block of draws
// use: lib/grid, lib/patch, lib/philox, lib/step

// elements; height, width, channels, side of a patch, patches hidden of each image; chance of a change
struct Sizes { N: u32, H: u32, W: u32, C: u32, P: u32, hidden: u32, amount: f32 }
override KIND: u32 = 2u;                           // 2 masking, 3 salt and pepper, 4 patch
const STREAM: u32 = 2u;                            // corruption

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = flat_group(group, groups) * 256u + lane;
  let seed = vec2u(step.seed_low, step.seed_high);
  let words = draw(seed, STREAM, step.step, block);
  for (var k = 0u; k < 4u; k++) {
    let i = 4u * block + k;
    if (i >= sizes.N) { return; }
    var lost = to_uniform(words[k]) < sizes.amount;
    if (KIND == 4u) {
      lost = in_hidden_patch(i, sizes.H, sizes.W, sizes.C, sizes.P, sizes.hidden, seed, STREAM, step.step);
    }
    y[i] = select(0.0, 1.0, lost);
  }
}
