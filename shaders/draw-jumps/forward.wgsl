// jump = 1 + u0 mod M     early = b T + t1, t1 = u1 mod (T - jump)     late = early + jump          u0, u1 uniform draws
// early, late, jump u32 [B*P]                     places in B sequences of T frames back to back; jump counts from 0 for 1
// grid: ceil(B*P/256)                             one thread a pair
// use: lib/grid, lib/philox, lib/step

struct Sizes { B: u32, P: u32, T: u32, M: u32 }    // sequences, pairs of each, frames, the longest jump (below T)
const STREAM: u32 = 20u;                           // jumps

@group(0) @binding(0) var<storage, read_write> early: array<u32>;
@group(0) @binding(1) var<storage, read_write> late: array<u32>;
@group(0) @binding(2) var<storage, read_write> jump: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.B * sizes.P) { return; }
  let words = draw(vec2u(step.seed_low, step.seed_high), STREAM, step.step, i);
  // The upper half of a word times a count, halved again: no float rounds it up to the count.
  let longer = ((words.x >> 16u) * sizes.M) >> 16u;
  let t1 = ((words.y >> 16u) * (sizes.T - 1u - longer)) >> 16u;
  let first = i / sizes.P * sizes.T + t1;
  early[i] = first;
  late[i] = first + 1u + longer;
  jump[i] = longer;
}
