// dx = dloss (x - t) / exp(logVar)     dlogVar = 0.5 dloss (1 - (x - t)^2 / exp(logVar))
// x [B,N]   logVar [B,N]   t [B,N]   dloss [B]   dx, dlogVar [B,N]     f32, row-major
// grid: ceil(B*N/256)                             one thread an element
// use: lib/grid, lib/math

struct Sizes { B: u32, N: u32 }                    // batch rows, elements of a row

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> logVar: array<f32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogVar: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.N) { return; }
  let d = x[i] - t[i];
  // Beyond the clamp the slope at its edge still pushes logVar back.
  let inverse = exp(-clamp(logVar[i], -30.0, 20.0));
  let upstream = dloss[i / sizes.N];
  dx[i] = finite(upstream * finite(d * inverse));
  dlogVar[i] = finite(0.5 * upstream * finite(1.0 - d * d * inverse));
}
