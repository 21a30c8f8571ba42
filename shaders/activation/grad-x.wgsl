// dx = dy * activation'(x), from y where the derivative is a function of y
// x [N]   y [N]   dy [N]   dx [N]                 f32, any shape
// grid: ceil(N/256)                               one thread an element
// use: lib/activation, lib/grid

struct Sizes { N: u32, slope: f32 }                // elements; leak of leaky-relu, alpha of elu
override KIND: u32 = 1u;                           // which activation, lib/activation

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  dx[i] = finite(dy[i] * activate_grad(KIND, x[i], y[i], sizes.slope));
}
