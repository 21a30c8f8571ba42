// dx = dloss (x - t) / max(x (1 - x), 1e-12)
// x [B,N]   t [B,N]   dloss [B]   dx [B,N]        f32, row-major
// grid: ceil(B*N/256)                             one thread an element
// use: lib/grid, lib/math

struct Sizes { B: u32, N: u32 }                    // batch rows, elements of a row

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> t: array<f32>;
@group(0) @binding(2) var<storage, read> dloss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.N) { return; }
  let slope = (x[i] - t[i]) / max(x[i] * (1.0 - x[i]), 1e-12);
  dx[i] = finite(dloss[i / sizes.N] * finite(slope));
}
