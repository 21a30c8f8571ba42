// labels[b] = data[row(b)]                        0 in rows that do not count
// data [N]   labels [B]                           u32
// grid: ceil(B/64)                                one thread a row of the batch
// use: lib/batch-row, lib/grid

struct Sizes { B: u32, N: u32 }                    // rows of the batch and of the data
override SHUFFLE: bool = true;                     // by the epoch's permutation, else in order

@group(0) @binding(0) var<storage, read> data: array<u32>;
@group(0) @binding(1) var<storage, read_write> labels: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups) * 64u + lane;
  if (b >= sizes.B) { return; }
  let row = batch_row(b, sizes.N, SHUFFLE);
  var label = 0u;
  if (row < sizes.N) { label = data[row]; }
  labels[b] = label;
}
