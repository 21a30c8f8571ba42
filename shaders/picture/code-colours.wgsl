// y[n,:] = the colour of code indices[n]          hue by the golden ratio, in three lightnesses that come round in turn
// indices u32 [N]   y [N,3]                       f32, RGB in [0,1]
// grid: ceil(N/256)                               one thread a code
// use: lib/grid

struct Sizes { N: u32 }

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 256u + lane;
  if (n >= sizes.N) { return; }
  let index = indices[n];
  // The multiple's part behind the point, exact for every index: whole numbers wrap round.
  let hue = f32((index * 2654435769u) >> 8u) / 16777216.0;
  let kind = index % 3u;
  let low = select(select(0.45, 0.0, kind == 1u), 0.15, kind == 0u);
  let high = select(select(1.0, 0.65, kind == 1u), 0.95, kind == 0u);
  let place = fract(vec3f(hue) + vec3f(0.0, 2.0 / 3.0, 1.0 / 3.0));
  let colour = low + (high - low) * clamp(abs(6.0 * place - 3.0) - 1.0, vec3f(0.0), vec3f(1.0));
  y[3u * n] = colour.x;
  y[3u * n + 1u] = colour.y;
  y[3u * n + 2u] = colour.z;
}
