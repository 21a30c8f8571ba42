// dz = dq h (1 - tanh(z + shift)^2) / floor(L/2)         straight through the rounding; h as in the forward pass
// z [N,D]   dq [N,D]   dz [N,D]                   f32, row-major
// grid: ceil(N*D/256)                             one thread an element
// use: lib/fsq, lib/grid

struct Sizes {
  N: u32, D: u32,                                  // rows, dimensions
  L0: u32, L1: u32, L2: u32, L3: u32, L4: u32, L5: u32, L6: u32, L7: u32,  // levels of each dimension
  shift0: f32, shift1: f32, shift2: f32, shift3: f32, shift4: f32, shift5: f32, shift6: f32, shift7: f32,
}

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> dq: array<f32>;
@group(0) @binding(2) var<storage, read_write> dz: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N * sizes.D) { return; }
  let d = i % sizes.D;
  let levels = levels_of(d);
  let e = safe_exp(-2.0 * abs(z[i] + fsq_shift(d)));
  let slope = 4.0 * e / ((1.0 + e) * (1.0 + e));  // 1 - tanh^2 without its cancellation
  dz[i] = finite(dq[i] * (slope * fsq_half(levels) / f32(levels / 2u)));
}
