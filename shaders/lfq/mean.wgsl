// mean[d] = mean over the rows that count of sigmoid(slope z[n,d]), the chance of a 1
// z [N,D]   mean [D]                              f32, row-major
// grid: D                                         one workgroup a bit
// use: lib/grid, lib/math, lib/reduce, lib/step

struct Sizes { N: u32, D: u32, P: u32, slope: f32 }  // rows, bits; rows of z in a row of the batch; 4 / temperature

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let d = flat_group(group, groups);
  if (d >= sizes.D) { return; }
  let rows = min(step.rows, sizes.N / sizes.P) * sizes.P;
  var sum = 0.0;
  for (var n = lane; n < rows; n += 64u) { sum += safe_sigmoid(finite(sizes.slope * z[n * sizes.D + d])); }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) { mean[d] = total / f32(max(rows, 1u)); }
}
