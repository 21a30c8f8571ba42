// dw[n] = sum_slice partials[slice,n]
// partials [slices,N]   dw [N]                    f32, N the elements of dw, slices added in order
// grid: ceil(KH*KW*I/G*O/64)                      one thread an element
// use: lib/grid

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, slices: u32,                            // groups, slices
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  let count = sizes.KH * sizes.KW * (sizes.I / sizes.G) * sizes.O;
  if (n >= count) { return; }
  var sum = 0.0;
  for (var slice = 0u; slice < sizes.slices; slice++) { sum += partials[slice * count + n]; }
  dw[n] = sum;
}
