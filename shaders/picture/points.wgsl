// marks[p] = max of n + 1 over the points n whose dot of 3 x 3 covers pixel p
// map [N,2]   marks [V,V]                         f32; u32, 0 where there is nothing yet; y grows upwards
// grid: ceil(N/256)                               one thread a point
// use: lib/grid

struct Sizes { N: u32, V: u32, range: f32 }        // points, pixels a side, the coordinate at the edges

@group(0) @binding(0) var<storage, read> map: array<f32>;
@group(0) @binding(1) var<storage, read_write> marks: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  if (n >= sizes.N) { return; }
  let point = vec2f(map[2u * n], -map[2u * n + 1u]) / sizes.range;
  // Far outside, where a whole number could not hold the pixel.
  if (!all(abs(point) < vec2f(2.0))) { return; }
  let middle = vec2i(floor((point + 1.0) * 0.5 * f32(sizes.V - 1u) + 0.5));
  for (var k = 0u; k < 9u; k++) {
    let at = middle + vec2i(i32(k % 3u), i32(k / 3u)) - 1;
    if (all(at >= vec2i(0)) & all(at < vec2i(i32(sizes.V)))) {
      atomicMax(&marks[u32(at.y) * sizes.V + u32(at.x)], n + 1u);
    }
  }
}
