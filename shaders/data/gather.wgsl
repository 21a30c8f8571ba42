// x[b,d] = scale * data[row(b),d] + shift         0 in rows that do not count
// data [N,D] bytes, four to a word   x [B,D]      u8 to f32, row-major; rows need not begin at a word
// grid: B                                         one workgroup a row of the batch
// use: lib/batch-row, lib/grid

struct Sizes { B: u32, N: u32, D: u32, scale: f32, shift: f32 }  // rows of the batch and of the data, values in a row
override SHUFFLE: bool = true;                     // by the epoch's permutation, else in order

@group(0) @binding(0) var<storage, read> data: array<u32>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  let row = batch_row(b, sizes.N, SHUFFLE);
  for (var d = lane; d < sizes.D; d += 64u) {
    var value = 0.0;
    if (row < sizes.N) {
      let at = row * sizes.D + d;
      value = f32((data[at >> 2u] >> ((at & 3u) * 8u)) & 255u) * sizes.scale + sizes.shift;
    }
    x[b * sizes.D + d] = value;
  }
}
