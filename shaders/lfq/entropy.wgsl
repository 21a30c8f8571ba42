// entropy[n] = sum_d h(sigmoid(slope z[n,d])) - diversity sum_d h(mean[d]),   h(p) = -p log p - (1-p) log(1-p)
// z [N,D]   mean [D]   entropy [N]                f32, row-major, nats
// grid: ceil(N/64)                                one thread a row
// use: lib/grid, lib/math

struct Sizes { N: u32, D: u32, slope: f32, diversity: f32 }  // rows, bits; 4 / temperature; weight of the batch's entropy

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> entropy: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.N) { return; }
  var sum = 0.0;
  for (var d = 0u; d < sizes.D; d++) {
    let t = min(abs(finite(sizes.slope * z[n * sizes.D + d])), 200.0);
    let own = safe_log1p(safe_exp(-t)) + t * safe_sigmoid(-t);
    let p = mean[d];
    let all = -p * safe_log(p) - (1.0 - p) * safe_log(1.0 - p);
    sum += own - sizes.diversity * all;
  }
  entropy[n] = sum;
}
