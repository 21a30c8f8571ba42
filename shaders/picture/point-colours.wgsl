// pixels[v,u] = the colour of the label of the point marked there, else dark, grey on the axes
// marks [V,V]   labels [N]   pixels [V,S]         u32; RGBA bytes, red lowest; marks are 0 afterwards
// grid: ceil(V*S/256)                             one thread a pixel
// use: lib/grid

struct Sizes { N: u32, V: u32, S: u32 }            // points, pixels a side, pixels a line in memory

// Okabe and Ito 2008, and two more.
const colours = array<u32, 10>(0xff009fe6u, 0xffe9b456u, 0xff739e00u, 0xff42e4f0u, 0xffb27200u,
                               0xff005ed5u, 0xffa779ccu, 0xffebebebu, 0xffdc5a96u, 0xff466ea0u);

@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read_write> marks: array<u32>;
@group(0) @binding(2) var<storage, read_write> pixels: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  if (i >= sizes.V * sizes.S) { return; }
  let u = i % sizes.S;
  let v = i / sizes.S;
  let axis = (u == sizes.V / 2u) | (v == sizes.V / 2u);
  var colour = select(0xff141414u, 0xff464646u, axis);
  if (u < sizes.V) {
    let mark = marks[v * sizes.V + u];
    marks[v * sizes.V + u] = 0u;
    if (mark > 0u) { colour = colours[labels[mark - 1u] % 10u]; }
  }
  pixels[i] = colour;
}
