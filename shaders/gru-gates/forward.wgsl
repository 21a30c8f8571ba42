// y = (1 - z) n + z h,  n = tanh(x_n + r u_n)     r, z = sigmoid of the first two thirds of x + u; thirds in the order r z n
// x, u [B,3H]   h, y [B,H]                        f32, row-major
// grid: ceil(B*H/256)                             one thread a unit of a row
// use: lib/grid, lib/math

struct Sizes { B: u32, H: u32 }                    // rows, units

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  let H = sizes.H;
  if (i >= sizes.B * H) { return; }
  let at = i / H * 3u * H + i % H;
  let r = safe_sigmoid(x[at] + u[at]);
  let z = safe_sigmoid(x[at + H] + u[at + H]);
  let n = safe_tanh(finite(x[at + 2u * H] + r * u[at + 2u * H]));
  y[i] = (1.0 - z) * n + z * h[i];
}
