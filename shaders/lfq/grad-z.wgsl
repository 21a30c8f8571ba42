// dz = dq + 2 dcommit (z - q) + slope p (1-p) (diversity pull / R log(mean / (1-mean)) - dentropy t),   p = sigmoid(t), t = slope z; R rows count
// z [N,D]   mean [D]   pull [1]   dq [N,D]   dcommit [N]   dentropy [N]   dz [N,D]     f32, row-major; straight through the sign
// grid: ceil(N*D/256)                             one thread an element
// use: lib/grid, lib/math, lib/step

struct Sizes { N: u32, D: u32, P: u32, slope: f32, diversity: f32 }  // rows, bits; rows of z in a row of the batch; as in the forward pass

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> pull: array<f32>;
@group(0) @binding(3) var<storage, read> dq: array<f32>;
@group(0) @binding(4) var<storage, read> dcommit: array<f32>;
@group(0) @binding(5) var<storage, read> dentropy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dz: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.N * sizes.D) { return; }
  let n = i / sizes.D;
  let d = i % sizes.D;
  let v = z[i];
  let rows = min(step.rows, sizes.N / sizes.P) * sizes.P;
  let t = clamp(sizes.slope * v, -200.0, 200.0);
  let p = safe_sigmoid(-abs(t));
  let steep = sizes.slope * p * (1.0 - p);
  let odds = safe_log(mean[d]) - safe_log(1.0 - mean[d]);
  let batch = select(0.0, finite(sizes.diversity * pull[0] / f32(max(rows, 1u))) * odds, n < rows);
  let back = finite(finite(2.0 * dcommit[n]) * finite(v - select(-1.0, 1.0, v > 0.0)));
  dz[i] = finite(finite(dq[i] + back) + finite(steep * finite(batch - finite(dentropy[n] * t))));
}
