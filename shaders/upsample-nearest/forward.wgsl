// y[b,p,q,c] = x[b, floor(p H / P), floor(q W / Q), c]
// x [B,H,W,C]   y [B,P,Q,C]                       f32, row-major
// grid: ceil(B*P*Q*C/256)                         one thread an element of y
// use: lib/grid

struct Sizes {
  B: u32, H: u32, W: u32, C: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32,                                  // rows and columns of y
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  if (n >= sizes.B * sizes.P * sizes.Q * sizes.C) { return; }
  let c = n % sizes.C;
  let v = n / sizes.C % sizes.Q * sizes.W / sizes.Q;
  let h = n / (sizes.C * sizes.Q) % sizes.P * sizes.H / sizes.P;
  let b = n / (sizes.C * sizes.Q * sizes.P);
  y[n] = x[((b * sizes.H + h) * sizes.W + v) * sizes.C + c];
}
