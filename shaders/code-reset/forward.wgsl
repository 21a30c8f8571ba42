// where n[k] < threshold, every EVERY-th step: codes[k] = x[a row drawn for k], n[k] = fresh, m[k] = fresh codes[k]
// x [N,D]   n [K]   m [K,D]   codes [K,D]         f32, row-major; n, m and codes are rewritten in place
// grid: K                                         one workgroup a code
// use: lib/grid, lib/permute, lib/philox, lib/step
// Rows are drawn among those that count, by a bijection of them: no two codes get the same one while there are enough.

struct Sizes {
  N: u32, K: u32, D: u32, P: u32,                  // rows, codes, features; rows of x in a row of the batch
  every: u32, stream: u32,                         // steps from one reset to the next; stream of src/random/philox.ts
  threshold: f32, fresh: f32,                      // rows
}
override EMA: bool = true;                         // whether there is an m

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> n: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> codes: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let k = flat_group(group, groups);
  if (k >= sizes.K) { return; }
  let dead = n[k] < sizes.threshold;
  storageBarrier();
  let rows = min(step.rows, sizes.N / sizes.P) * sizes.P;
  if (!dead | (rows == 0u) | ((step.step + 1u) % sizes.every != 0u)) { return; }
  let words = draw(vec2u(step.seed_low, step.seed_high), sizes.stream, step.step, 0u);
  let row = permute(k % rows, rows, vec2u(words.x, 0u), words.y);
  for (var d = lane; d < sizes.D; d += 64u) {
    let v = x[row * sizes.D + d];
    codes[k * sizes.D + d] = v;
    if (EMA) { m[k * sizes.D + d] = sizes.fresh * v; }
  }
  if (lane == 0u) { n[k] = sizes.fresh; }
}
