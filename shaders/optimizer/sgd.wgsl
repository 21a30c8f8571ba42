// g = dw + weightDecay w   m = momentum m + c1 g   w -= lr m, or lr (g + momentum m) with Nesterov, or lr g without momentum
// w [N]   dw [N]   m [N]                          f32, whole arenas; w and m are rewritten in place
// grid: ceil(N/256)                               one thread an element
// use: lib/step, lib/grid
// c1 = step.correction1: 1 in the first step, where m is 0, and 1 - dampening after.

struct Sizes { N: u32, momentum: f32, weightDecay: f32 }  // elements
override MOMENTUM: bool = false;                          // without it m is never touched
override NESTEROV: bool = false;

@group(0) @binding(0) var<storage, read_write> w: array<f32>;
@group(0) @binding(1) var<storage, read> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  let before = w[i];
  let g = dw[i] + sizes.weightDecay * before;
  var change = g;
  if (MOMENTUM) {
    let next = sizes.momentum * m[i] + step.correction1 * g;
    m[i] = next;
    change = select(next, g + sizes.momentum * next, NESTEROV);
  }
  w[i] = before - step.lr * change;
}
