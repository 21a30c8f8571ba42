// partials[slice,ky,kx,i,o] = sum_{b,p of the slice,q} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * dy[b,p,q,o]
// x [B,H,W,I]   dy [B,P,Q,O]   partials [slices,KH,KW,I,O]        f32, row-major, O a multiple of 4, one group
// grid: ceil(O/(4*SUBGROUP)), ceil(KH*KW*I/16), slices    one workgroup = one subgroup = 16 rows (ky,kx,i) of a slice; a lane owns 4 columns
// Software adapters: subgroup broadcast, no workgroup memory. A slice is `part` rows (b,p) of y; grad-w-sum adds them up.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, slices: u32, part: u32,                 // groups: 1 here; slices, and rows of y in each
}
override SUBGROUP: u32 = 8u;                       // lanes of a subgroup: 4 or 8

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Row and column of a tap against the first one, and the element that its channel lies on; they wrap above and left of x.
fn tap_of(row: u32) -> vec3u {
  let at = min(row, sizes.KH * sizes.KW * sizes.I - 1u);
  let down = at / (sizes.I * sizes.KW) * sizes.DH - sizes.top;
  let right = at / sizes.I % sizes.KW * sizes.DW - sizes.left;
  return vec3u(down, right, (down * sizes.W + right) * sizes.I + at % sizes.I);
}

fn fetch(pixel: vec3u, tap: vec3u) -> f32 {
  let inside = (pixel.x + tap.x < sizes.H) & (pixel.y + tap.y < sizes.W);
  return select(0.0, x[select(0u, pixel.z + tap.z, inside)], inside);
}

// One load of x serves SUBGROUP rows of a slice, one load of dy all 16.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let n = min(group.x * SUBGROUP + lane, columns - 1u);
  let r = group.y * 16u;
  let t0 = tap_of(r + lane);
  let t1 = tap_of(r + SUBGROUP + lane);
  let t2 = tap_of(r + 2u * SUBGROUP + lane);
  let t3 = tap_of(r + 3u * SUBGROUP + lane);
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  let end = min((group.z + 1u) * sizes.part, sizes.B * sizes.P);
  for (var l = group.z * sizes.part; l < end; l++) {
    let row = l % sizes.P * sizes.SH;
    let source = (l / sizes.P * sizes.H + row) * sizes.W;
    let result = l * sizes.Q;
    for (var q = 0u; q < sizes.Q; q++) {
      let pixel = vec3u(row, q * sizes.SW, (source + q * sizes.SW) * sizes.I);
      let g = dy[(result + q) * columns + n];
      let a0 = fetch(pixel, t0);
      let a1 = fetch(pixel, t1);
      if (SUBGROUP == 8u) {
        c0 += subgroupBroadcast(a0, 0u) * g; c1 += subgroupBroadcast(a0, 1u) * g;
        c2 += subgroupBroadcast(a0, 2u) * g; c3 += subgroupBroadcast(a0, 3u) * g;
        c4 += subgroupBroadcast(a0, 4u) * g; c5 += subgroupBroadcast(a0, 5u) * g;
        c6 += subgroupBroadcast(a0, 6u) * g; c7 += subgroupBroadcast(a0, 7u) * g;
        c8 += subgroupBroadcast(a1, 0u) * g; c9 += subgroupBroadcast(a1, 1u) * g;
        c10 += subgroupBroadcast(a1, 2u) * g; c11 += subgroupBroadcast(a1, 3u) * g;
        c12 += subgroupBroadcast(a1, 4u) * g; c13 += subgroupBroadcast(a1, 5u) * g;
        c14 += subgroupBroadcast(a1, 6u) * g; c15 += subgroupBroadcast(a1, 7u) * g;
      } else {
        let a2 = fetch(pixel, t2);
        let a3 = fetch(pixel, t3);
        c0 += subgroupBroadcast(a0, 0u) * g; c1 += subgroupBroadcast(a0, 1u) * g;
        c2 += subgroupBroadcast(a0, 2u) * g; c3 += subgroupBroadcast(a0, 3u) * g;
        c4 += subgroupBroadcast(a1, 0u) * g; c5 += subgroupBroadcast(a1, 1u) * g;
        c6 += subgroupBroadcast(a1, 2u) * g; c7 += subgroupBroadcast(a1, 3u) * g;
        c8 += subgroupBroadcast(a2, 0u) * g; c9 += subgroupBroadcast(a2, 1u) * g;
        c10 += subgroupBroadcast(a2, 2u) * g; c11 += subgroupBroadcast(a2, 3u) * g;
        c12 += subgroupBroadcast(a3, 0u) * g; c13 += subgroupBroadcast(a3, 1u) * g;
        c14 += subgroupBroadcast(a3, 2u) * g; c15 += subgroupBroadcast(a3, 3u) * g;
      }
    }
  }
  if (group.x * SUBGROUP + lane >= columns) { return; }
  let rows = sizes.KH * sizes.KW * sizes.I;
  let first = group.z * rows;
  if (r + 0u < rows) { partials[(first + r + 0u) * columns + n] = c0; }
  if (r + 1u < rows) { partials[(first + r + 1u) * columns + n] = c1; }
  if (r + 2u < rows) { partials[(first + r + 2u) * columns + n] = c2; }
  if (r + 3u < rows) { partials[(first + r + 3u) * columns + n] = c3; }
  if (r + 4u < rows) { partials[(first + r + 4u) * columns + n] = c4; }
  if (r + 5u < rows) { partials[(first + r + 5u) * columns + n] = c5; }
  if (r + 6u < rows) { partials[(first + r + 6u) * columns + n] = c6; }
  if (r + 7u < rows) { partials[(first + r + 7u) * columns + n] = c7; }
  if (r + 8u < rows) { partials[(first + r + 8u) * columns + n] = c8; }
  if (r + 9u < rows) { partials[(first + r + 9u) * columns + n] = c9; }
  if (r + 10u < rows) { partials[(first + r + 10u) * columns + n] = c10; }
  if (r + 11u < rows) { partials[(first + r + 11u) * columns + n] = c11; }
  if (r + 12u < rows) { partials[(first + r + 12u) * columns + n] = c12; }
  if (r + 13u < rows) { partials[(first + r + 13u) * columns + n] = c13; }
  if (r + 14u < rows) { partials[(first + r + 14u) * columns + n] = c14; }
  if (r + 15u < rows) { partials[(first + r + 15u) * columns + n] = c15; }
}
