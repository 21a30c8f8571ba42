// pixels[v,u] = round(255 x[n,h,w,:])             of image n in its cell, grey 48 between the cells and behind the last
// x [N,H,W,C]   pixels [V,S]                      f32, channels-last; RGBA bytes, red lowest; C < 3 shows the first as grey
// grid: ceil(V*S/256)                             one thread a pixel
// use: lib/grid

struct Sizes { N: u32, H: u32, W: u32, C: u32, K: u32, scale: u32, gap: u32, V: u32, S: u32 }  // K cells a row

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> pixels: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.V * sizes.S) { return; }
  let at = vec2u(i % sizes.S, i / sizes.S);
  let cell = vec2u(sizes.W, sizes.H) * sizes.scale;
  let tile = at / (cell + sizes.gap);
  let inside = at % (cell + sizes.gap);
  let n = tile.y * sizes.K + tile.x;
  var colour = vec3u(48u);
  if (all(inside < cell) & (tile.x < sizes.K) & (n < sizes.N)) {
    let p = inside / sizes.scale;
    let first = ((n * sizes.H + p.y) * sizes.W + p.x) * sizes.C;
    let next = select(0u, 1u, sizes.C >= 3u);
    let value = vec3f(x[first], x[first + next], x[first + 2u * next]);
    colour = vec3u(255.0 * clamp(value, vec3f(0.0), vec3f(1.0)) + 0.5);
  }
  pixels[i] = colour.x | (colour.y << 8u) | (colour.z << 16u) | 0xff000000u;
}
