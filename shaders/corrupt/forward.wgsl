// y = x + sigma n (1) | x or 0 (2, 4) | x, 0 or 1 (3)
// x [B,H,W,C]   y [B,H,W,C]                       f32, channels-last; of N elements, any shape but for patches
// grid: ceil(N/1024)                              one thread four neighbours, which share a block of draws
// use: lib/grid, lib/math, lib/normals, lib/patch, lib/step

// elements; height, width, channels, side of a patch, patches hidden of each image; sigma, or chance of a change
struct Sizes { N: u32, H: u32, W: u32, C: u32, P: u32, hidden: u32, amount: f32 }
override KIND: u32 = 1u;                           // 1 gaussian, 2 masking, 3 salt and pepper, 4 patch
const STREAM: u32 = 2u;                            // corruption

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = flat_group(group, groups) * 256u + lane;
  let seed = vec2u(step.seed_low, step.seed_high);
  let words = draw(seed, STREAM, step.step, block);
  var normals = vec4f();
  if (KIND == 1u) { normals = normals_of(words); }
  for (var k = 0u; k < 4u; k++) {
    let i = 4u * block + k;
    if (i >= sizes.N) { return; }
    let u = to_uniform(words[k]);
    switch KIND {
      case 1u: { y[i] = finite(x[i] + finite(sizes.amount * normals[k])); }
      case 2u: { y[i] = select(x[i], 0.0, u < sizes.amount); }
      case 3u: { y[i] = select(x[i], select(1.0, 0.0, u < 0.5 * sizes.amount), u < sizes.amount); }
      default: {
        let hidden = in_hidden_patch(i, sizes.H, sizes.W, sizes.C, sizes.P, sizes.hidden, seed, STREAM, step.step);
        y[i] = select(x[i], 0.0, hidden);
      }
    }
  }
}
