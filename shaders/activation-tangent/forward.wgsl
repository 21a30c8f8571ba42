// y = activation'(x) t, or activation'(x)
// x [N]   t [N]   y [N]                           f32, any shape
// grid: ceil(N/256)                               one thread an element
// use: lib/activation, lib/grid, lib/math

struct Sizes { N: u32, slope: f32 }                // elements; leak of leaky-relu, alpha of elu
override KIND: u32 = 1u;                           // which activation, lib/activation
override HAS_T: bool = true;                       // along t, else the derivative itself

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  let value = activate(KIND, x[i], sizes.slope);
  let first = finite(activate_grad(KIND, x[i], value, sizes.slope));
  if (HAS_T) { y[i] = finite(first * t[i]); } else { y[i] = first; }
}
