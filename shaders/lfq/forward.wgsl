// q[n,d] = z[n,d] > 0 ? 1 : -1,   indices[n] = the bits z[n,d] > 0, bit d of value 2^d,   commit[n] = |z[n] - q[n]|^2
// z [N,D]   q [N,D]   indices u32 [N]   commit [N]    f32, row-major
// grid: ceil(N/64)                                one thread a row
// use: lib/grid, lib/math

struct Sizes { N: u32, D: u32 }                    // rows, bits

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> commit: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  var index = 0u;
  var error = 0.0;
  for (var d = 0u; d < sizes.D; d++) {
    let v = z[n * sizes.D + d];
    let on = v > 0.0;
    let code = select(-1.0, 1.0, on);
    q[n * sizes.D + d] = code;
    index |= select(0u, 1u, on) << d;
    error = finite(error + finite((v - code) * (v - code)));
  }
  indices[n] = index;
  commit[n] = error;
}
