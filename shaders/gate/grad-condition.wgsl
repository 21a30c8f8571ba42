// dcondition[b,j] = sum_p dx[b,p,j], dx as gate/grad-x gives it
// x [B,P,2C]   condition [B,2C]   dy [B,P,C]   dcondition [B,2C]  f32, row-major
// grid: ceil(B*C/64)                              one thread the two halves of a channel
// use: lib/gate, lib/grid, lib/math

struct Sizes { B: u32, P: u32, C: u32 }            // batch rows, pixels, channels of y

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> condition: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dcondition: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 64u + lane;
  let C = sizes.C;
  if (i >= sizes.B * C) { return; }
  let b = i / C;
  let row = b * 2u * C + i % C;
  let shift = vec2f(condition[row], condition[row + C]);
  var sum = vec2f();
  for (var p = 0u; p < sizes.P; p++) {
    let pixel = b * sizes.P + p;
    let at = pixel * 2u * C + i % C;
    sum += dy[pixel * C + i % C] * gate_grad(x[at] + shift.x, x[at + C] + shift.y);
  }
  dcondition[row] = finite(sum.x);
  dcondition[row + C] = finite(sum.y);
}
