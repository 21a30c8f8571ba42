// partials[slice,ky,kx,i,o] = sum_{b,p of the slice,q} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * dy[b,p,q,o]
// x [B,H,W,I]   dy [B,P,Q,O]   partials [slices,KH,KW,I/G,O]      f32, row-major; i counts in the group of o
// grid: ceil(KH*KW*I/G*O/64)*slices               one thread an element of a slice
// use: lib/grid
// A slice is `part` rows (b,p) of y; grad-w-sum adds them up. Also the weight gradient of conv-transpose2d, whose dy is this x and whose x is this dy.

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, slices: u32, part: u32,                 // groups; slices, and rows of y in each
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let depth = sizes.I / sizes.G;
  let count = sizes.KH * sizes.KW * depth * sizes.O;
  let blocks = (count + 63u) / 64u;
  let slice = flat_group(group, groups) / blocks;
  let n = flat_group(group, groups) % blocks * 64u + lane;
  if ((n >= count) | (slice >= sizes.slices)) { return; }
  let o = n % sizes.O;
  let i = n / sizes.O % depth + o / (sizes.O / sizes.G) * depth;
  let kx = n / (sizes.O * depth) % sizes.KW;
  let ky = n / (sizes.O * depth * sizes.KW);
  var sum = 0.0;
  let end = min((slice + 1u) * sizes.part, sizes.B * sizes.P);
  for (var r = slice * sizes.part; r < end; r++) {
    let row = r % sizes.P * sizes.SH + ky * sizes.DH - sizes.top;  // above the picture it wraps far below
    if (row >= sizes.H) { continue; }
    let source = (r / sizes.P * sizes.H + row) * sizes.W;
    for (var q = 0u; q < sizes.Q; q++) {
      let column = q * sizes.SW + kx * sizes.DW - sizes.left;
      if (column >= sizes.W) { continue; }
      sum += x[(source + column) * sizes.I + i] * dy[(r * sizes.Q + q) * sizes.O + o];
    }
  }
  partials[slice * count + n] = sum;
}
