// found[slot] = min(found[slot], lowest i where x[i] is a NaN or an infinity)
// x [N]   found [S]                               f32; u32, 0xffffffff where nothing was found
// grid: ceil(N/256)                               one thread an element
// use: lib/grid

struct Sizes { N: u32, slot: u32 }                 // elements; which word of found

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> found: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N) { return; }
  // By bits: compilers may take a comparison that only a NaN fails for granted.
  if ((x[i] & 0x7fffffffu) >= 0x7f800000u) { atomicMin(&found[sizes.slot], i); }
}
