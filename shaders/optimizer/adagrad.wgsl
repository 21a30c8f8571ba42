// g = dw + weightDecay w   v = v + g^2   w -= lr g / (sqrt(v) + eps)
// w [N]   dw [N]   v [N]                          f32, whole arenas; w and v are rewritten in place
// grid: ceil(N/256)                               one thread an element
// use: lib/step, lib/grid, lib/square

struct Sizes { N: u32, eps: f32, weightDecay: f32 }  // elements

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  let before = w[i];
  let g = dw[i] + sizes.weightDecay * before;
  // Both terms are at most 3.4e38: halves add up without overflow.
  let half = 0.5 * v[i] + 0.5 * safe_square(g);
  let second = select(v[i] + safe_square(g), 3.4e38, half > 1.7e38);
  v[i] = second;
  w[i] = before - step.lr * (g / (sqrt(second) + sizes.eps));
}
