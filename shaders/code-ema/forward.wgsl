// m[k] = decay m[k] + rest sums[k],   codes[k] = m[k] / ((n[k] + eps) / (T + K eps) T),   T = sum_k n[k], where the batch has rows
// counts [K]   sums [K,D]   totals [2]   n [K]   m [K,D]   codes [K,D]    f32, row-major; m and codes are rewritten in place
// grid: ceil(K*D/256)                             one thread an element
// use: lib/grid, lib/math

struct Sizes { K: u32, D: u32, decay: f32, rest: f32, eps: f32 }  // codes, features; rest = 1 - decay; rows lent to each code
override HOLD: bool = true;                        // a code that the batch does not use stays where it is

@group(0) @binding(0) var<storage, read> counts: array<f32>;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> totals: array<f32>;
@group(0) @binding(3) var<storage, read_write> n: array<f32>;  // only read; it may share an arena with m and codes
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> codes: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if ((i >= sizes.K * sizes.D) | (totals[1] == 0.0)) { return; }
  let k = i / sizes.D;
  let sum = finite(sizes.decay * m[i] + sizes.rest * sums[i]);
  m[i] = sum;
  let weight = (n[k] + sizes.eps) / (totals[0] + f32(sizes.K) * sizes.eps) * totals[0];
  if ((weight > 0.0) & (!HOLD | (counts[k] > 0.0))) { codes[i] = finite(sum / weight); }
}
