// mi = q - a     tc = a - sum_l m_l     dimKl = sum_l m_l - log p(z),   each 0 in rows from R on,   R = min(step.rows, B)
// q = joint[i,i]   a = log(sum over j < R of exp joint[i,j]) - log(N R)   m_l = marginal[i,l] - log(N R)
// z [B,L]   joint [B,B]   marginal [B,L]   mixed [B] = a + log(N R)   terms [3,B] = mi, tc, dimKl     f32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid, lib/log-density, lib/math, lib/reduce, lib/step

struct Sizes { B: u32, L: u32, N: f32 }            // batch rows, latent dimensions, rows of the data set

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> joint: array<f32>;
@group(0) @binding(2) var<storage, read> marginal: array<f32>;
@group(0) @binding(3) var<storage, read_write> mixed: array<f32>;
@group(0) @binding(4) var<storage, read_write> terms: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups);
  if (i >= sizes.B) { return; }
  let rows = max(min(step.rows, sizes.B), 1u);
  var most = -3.4028234e38;
  for (var j = lane; j < rows; j += 64u) { most = max(most, joint[i * sizes.B + j]); }
  let peak = max_lanes(most, lane);
  workgroupBarrier();
  var sum = 0.0;
  for (var j = lane; j < rows; j += 64u) {
    let value = joint[i * sizes.B + j];
    sum += keep_nan(exp(max(value - peak, -104.0)), value);
  }
  let together = finite(peak + safe_log(sum_lanes(sum, lane)));
  workgroupBarrier();
  let shift = log(sizes.N * f32(rows));
  var apart = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) { apart = finite(apart + finite(marginal[i * sizes.L + l] - shift)); }
  let product = sum_lanes(apart, lane);
  workgroupBarrier();
  var standard = 0.0;
  for (var l = lane; l < sizes.L; l += 64u) { standard = finite(standard + log_density(z[i * sizes.L + l], 0.0, 0.0)); }
  let prior = sum_lanes(standard, lane);
  if (lane == 0u) {
    let counts = i < step.rows;
    let aggregate = finite(together - shift);
    mixed[i] = together;
    terms[i] = select(0.0, finite(joint[i * sizes.B + i] - aggregate), counts);
    terms[sizes.B + i] = select(0.0, finite(aggregate - product), counts);
    terms[2u * sizes.B + i] = select(0.0, finite(product - prior), counts);
  }
}
