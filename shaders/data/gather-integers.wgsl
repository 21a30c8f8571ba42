// x[b,d] = data[row(b),d]                         0 in rows that do not count
// data [N,D]   x [B,D]                            u32, row-major
// grid: ceil(B*D/64)                              one thread an element of x
// use: lib/batch-row, lib/grid

struct Sizes { B: u32, N: u32, D: u32 }            // rows of the batch and of the data, numbers in a row
override SHUFFLE: bool = true;                     // by the epoch's permutation, else in order

@group(0) @binding(0) var<storage, read> data: array<u32>;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= sizes.B * sizes.D) { return; }
  let row = batch_row(i / sizes.D, sizes.N, SHUFFLE);
  var value = 0u;
  if (row < sizes.N) { value = data[row * sizes.D + i % sizes.D]; }
  x[i] = value;
}
