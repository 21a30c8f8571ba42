// y[p,c] = factor * sum_a x[p,a,c]                for long axes
// x [P,A,C]   y [P,C]                             f32, row-major
// grid: P*ceil(C/COLUMNS)                         one workgroup COLUMNS neighbouring elements of y
// use: lib/grid, lib/math

struct Sizes { P: u32, A: u32, C: u32, factor: f32 }  // outer, summed and inner elements; 1, or 1/A for a mean
override COLUMNS: u32 = 1u;                        // side by side in a workgroup: 1, 4 or 16

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  let blocks = (sizes.C + COLUMNS - 1u) / COLUMNS;
  let p = at / blocks;
  if (p >= sizes.P) { return; }
  let c = at % blocks * COLUMNS + lane % COLUMNS;
  var sum = 0.0;
  if (c < sizes.C) {
    for (var a = lane / COLUMNS; a < sizes.A; a += 256u / COLUMNS) { sum += x[(p * sizes.A + a) * sizes.C + c]; }
  }
  partial[lane] = finite(sum);
  workgroupBarrier();
  // Four to one in each round: barriers are dear on software adapters.
  for (var quarter = 64u; quarter >= COLUMNS; quarter /= 4u) {
    if (lane < quarter) {
      partial[lane] = finite(partial[lane] + partial[lane + quarter] + partial[lane + 2u * quarter] + partial[lane + 3u * quarter]);
    }
    workgroupBarrier();
  }
  if ((lane < COLUMNS) & (c < sizes.C)) { y[p * sizes.C + c] = finite(partial[lane] * sizes.factor); }
}
