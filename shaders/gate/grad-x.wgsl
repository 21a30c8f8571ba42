// dx[b,p,c] = dy[b,p,c] tanh'(u) sigmoid(v)     dx[b,p,C+c] = dy[b,p,c] tanh(u) sigmoid'(v)     u, v = the halves of x + condition
// x [B,P,2C]   condition [B,2C]   dy [B,P,C]   dx [B,P,2C]        f32, row-major
// grid: ceil(B*P*C/256)                           one thread an element of dy
// use: lib/gate, lib/grid

struct Sizes { B: u32, P: u32, C: u32 }            // batch rows, pixels, channels of y
override HAS_CONDITION: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> condition: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  let C = sizes.C;
  if (i >= sizes.B * sizes.P * C) { return; }
  let at = i / C * 2u * C + i % C;
  var a = x[at];
  var b = x[at + C];
  if (HAS_CONDITION) {
    let row = i / (sizes.P * C) * 2u * C + i % C;
    a += condition[row];
    b += condition[row + C];
  }
  let d = dy[i] * gate_grad(a, b);
  dx[at] = d.x;
  dx[at + C] = d.y;
}
