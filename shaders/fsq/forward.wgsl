// q = round(b) / floor(L/2),   b = tanh(z + shift) h - o,   h = 1.001 (L-1)/2, o = 1/2 where L is even;   indices = sum_d digit_d times the levels before d
// z [N,D]   q [N,D]   indices u32 [N]             f32, row-major; digit = round(b) + floor(L/2)
// grid: ceil(N/64)                                one thread a row
// use: lib/fsq, lib/grid

struct Sizes {
  N: u32, D: u32,                                  // rows, dimensions
  L0: u32, L1: u32, L2: u32, L3: u32, L4: u32, L5: u32, L6: u32, L7: u32,  // levels of each dimension
  shift0: f32, shift1: f32, shift2: f32, shift3: f32, shift4: f32, shift5: f32, shift6: f32, shift7: f32,
}

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  var index = 0u;
  var basis = 1u;
  for (var d = 0u; d < sizes.D; d++) {
    let levels = levels_of(d);
    let offset = select(0.0, 0.5, levels % 2u == 0u);
    let bounded = safe_tanh(z[n * sizes.D + d] + fsq_shift(d)) * fsq_half(levels) - offset;
    let half = i32(levels / 2u);
    let digit = clamp(i32(round(bounded)) + half, 0, i32(levels) - 1);
    q[n * sizes.D + d] = f32(digit - half) / f32(half);
    index += u32(digit) * basis;
    basis *= levels;
  }
  indices[n] = index;
}
