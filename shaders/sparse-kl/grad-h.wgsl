// dh[b,j] = b < R ? (sum over the first R rows of dloss / R) ((1 - rho) / (1 - p_j) - rho / p_j) : 0,   R = min(step.rows, B)
// mean [J]   dloss [B]   dh [B,J]                 f32, row-major; p is mean within [1e-6, 1 - 1e-6]
// grid: ceil(B*J/1024)                            one workgroup 1024 neighbours: each adds up dloss
// use: lib/grid, lib/math, lib/reduce, lib/step

struct Sizes { B: u32, J: u32, rho: f32 }          // batch rows, units, the mean that is asked for

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read> dloss: array<f32>;
@group(0) @binding(2) var<storage, read_write> dh: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rows = min(step.rows, sizes.B);
  var sum = 0.0;
  for (var b = lane; b < rows; b += 64u) { sum = finite(sum + dloss[b]); }
  let upstream = sum_lanes(sum, lane) / f32(max(rows, 1u));
  for (var k = 0u; k < 16u; k++) {
    let i = flat_group(group, groups) * 1024u + 64u * k + lane;
    if (i >= sizes.B * sizes.J) { return; }
    // Beyond the clamp the slope at its edge still pushes the mean back.
    let p = clamp(mean[i % sizes.J], 1e-6, 0.999999);
    let slope = (1.0 - sizes.rho) / (1.0 - p) - sizes.rho / p;
    dh[i] = select(0.0, finite(upstream * slope), i / sizes.J < rows);
  }
}
