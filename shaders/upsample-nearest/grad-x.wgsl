// dx[b,h,v,c] = sum of dy[b,p,q,c] over the p, q with floor(p H / P) = h, floor(q W / Q) = v
// dy [B,P,Q,C]   dx [B,H,W,C]                     f32, row-major
// grid: ceil(B*H*W*C/256)                         one thread an element of dx
// use: lib/grid, lib/math

struct Sizes {
  B: u32, H: u32, W: u32, C: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32,                                  // rows and columns of y
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  if (n >= sizes.B * sizes.H * sizes.W * sizes.C) { return; }
  let c = n % sizes.C;
  let v = n / sizes.C % sizes.W;
  let h = n / (sizes.C * sizes.W) % sizes.H;
  let b = n / (sizes.C * sizes.W * sizes.H);
  // The first row of y that h gives is ceil(h P / H), and so on.
  let below = ((h + 1u) * sizes.P + sizes.H - 1u) / sizes.H;
  let right = ((v + 1u) * sizes.Q + sizes.W - 1u) / sizes.W;
  var sum = 0.0;
  for (var p = (h * sizes.P + sizes.H - 1u) / sizes.H; p < below; p++) {
    for (var q = (v * sizes.Q + sizes.W - 1u) / sizes.W; q < right; q++) {
      sum = finite(sum + dy[((b * sizes.P + p) * sizes.Q + q) * sizes.C + c]);
    }
  }
  dx[n] = sum;
}
