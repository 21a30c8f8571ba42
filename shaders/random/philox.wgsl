// words[i] = philox(counter[i], key[i])           the raw generator, to prove it on an adapter
// counter [N,4]   key [N,2]   words [N,4]         u32
// grid: ceil(N/64)                                one thread a block of four words
// use: lib/grid, lib/philox

struct Sizes { N: u32 }                            // blocks

@group(0) @binding(0) var<storage, read> counter: array<vec4u>;
@group(0) @binding(1) var<storage, read> key: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> words: array<vec4u>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= sizes.N) { return; }
  words[i] = philox(counter[i], key[i]);
}
