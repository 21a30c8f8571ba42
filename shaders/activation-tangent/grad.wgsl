// dx = activation''(x) t dy     dt = activation'(x) dy; where there is no t, as for t = 1
// x [N]   t [N]   dy [N]   dx [N]   dt [N]        f32, any shape
// grid: ceil(N/256)                               one thread an element
// use: lib/activation, lib/activation-second, lib/grid, lib/math

struct Sizes { N: u32, slope: f32 }                // elements; leak of leaky-relu, alpha of elu
override KIND: u32 = 1u;                           // which activation, lib/activation
override HAS_T: bool = true;                       // along t, else the derivative itself

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read_write> dt: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  let value = activate(KIND, x[i], sizes.slope);
  let second = finite(activate_second(KIND, x[i], value, sizes.slope));
  if (HAS_T) {
    dx[i] = finite(finite(second * t[i]) * dy[i]);
    dt[i] = finite(finite(activate_grad(KIND, x[i], value, sizes.slope)) * dy[i]);
  } else {
    dx[i] = finite(second * dy[i]);
  }
}
