// partials[slice,ky,kx,i,o] = sum_{b,p of the slice,q} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * dy[b,p,q,o]
// x [B,H,W,I]   dy [B,P,Q,O]   partials [slices,KH,KW,I,O]        f32, row-major, I and O multiples of 4, one group
// grid: ceil(O/32), ceil(KH*KW*I/32), slices      one workgroup = one subgroup of 8 = 32 rows (ky,kx,i) of a slice; a lane owns 4 columns
// Software adapters, as forward.sgb8. A slice is `part` rows (b,p) of y; grad-w-sum adds them up.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, slices: u32, part: u32,                 // groups: 1 here; slices, and rows of y in each
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// Row and column of a tap against the first one, which wrap above and left of x, and its channel in vectors of 4.
fn tap_of(row: u32) -> vec3u {
  let at = min(row, sizes.KH * sizes.KW * sizes.I - 4u);
  let down = at / (sizes.I * sizes.KW) * sizes.DH - sizes.top;
  let right = at / sizes.I % sizes.KW * sizes.DW - sizes.left;
  return vec3u(down, right, at % sizes.I / 4u);
}

// The row of x under a tap of row l of y, as the pixel it begins with; 0xffffffff outside of x.
fn row_of(l: u32, tap: vec3u) -> u32 {
  let row = l % sizes.P * sizes.SH + tap.x;
  return select(0xffffffffu, (l / sizes.P * sizes.H + row) * sizes.W, row < sizes.H);
}

fn fetch(row: u32, q: u32, tap: vec3u) -> vec4f {
  let column = q * sizes.SW + tap.y;
  let inside = (row != 0xffffffffu) & (q < sizes.Q) & (column < sizes.W);
  return select(vec4f(), x[select(0u, (row + column) * (sizes.I / 4u) + tap.z, inside)], inside);
}

// c + the products of four pixels, of which a lane has one value each, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) -> vec4f {
  return c + a.x * g0 + a.y * g1 + a.z * g2 + a.w * g3;
}

// A lane loads 4 rows of a pixel of x, so that one load of x and one of dy serve all 32.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let r = group.y * 32u;
  let tap = tap_of(r + 4u * lane);
  let last = sizes.Q - 1u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
  let end = min((group.z + 1u) * sizes.part, sizes.B * sizes.P);
  for (var l = group.z * sizes.part; l < end; l++) {
    let row = row_of(l, tap);
    for (var q = 0u; q < sizes.Q; q += 4u) {
      let g0 = dy[(l * sizes.Q + q) * columns + n];
      let g1 = dy[(l * sizes.Q + min(q + 1u, last)) * columns + n];
      let g2 = dy[(l * sizes.Q + min(q + 2u, last)) * columns + n];
      let g3 = dy[(l * sizes.Q + min(q + 3u, last)) * columns + n];
      let a0 = fetch(row, q, tap); let a1 = fetch(row, q + 1u, tap);
      let a2 = fetch(row, q + 2u, tap); let a3 = fetch(row, q + 3u, tap);
      let r0 = vec4f(a0.x, a1.x, a2.x, a3.x); let r1 = vec4f(a0.y, a1.y, a2.y, a3.y);
      let r2 = vec4f(a0.z, a1.z, a2.z, a3.z); let r3 = vec4f(a0.w, a1.w, a2.w, a3.w);
      c0 = rank4(c0, subgroupShuffle(r0, 0u), g0, g1, g2, g3); c1 = rank4(c1, subgroupShuffle(r1, 0u), g0, g1, g2, g3);
      c2 = rank4(c2, subgroupShuffle(r2, 0u), g0, g1, g2, g3); c3 = rank4(c3, subgroupShuffle(r3, 0u), g0, g1, g2, g3);
      c4 = rank4(c4, subgroupShuffle(r0, 1u), g0, g1, g2, g3); c5 = rank4(c5, subgroupShuffle(r1, 1u), g0, g1, g2, g3);
      c6 = rank4(c6, subgroupShuffle(r2, 1u), g0, g1, g2, g3); c7 = rank4(c7, subgroupShuffle(r3, 1u), g0, g1, g2, g3);
      c8 = rank4(c8, subgroupShuffle(r0, 2u), g0, g1, g2, g3); c9 = rank4(c9, subgroupShuffle(r1, 2u), g0, g1, g2, g3);
      c10 = rank4(c10, subgroupShuffle(r2, 2u), g0, g1, g2, g3); c11 = rank4(c11, subgroupShuffle(r3, 2u), g0, g1, g2, g3);
      c12 = rank4(c12, subgroupShuffle(r0, 3u), g0, g1, g2, g3); c13 = rank4(c13, subgroupShuffle(r1, 3u), g0, g1, g2, g3);
      c14 = rank4(c14, subgroupShuffle(r2, 3u), g0, g1, g2, g3); c15 = rank4(c15, subgroupShuffle(r3, 3u), g0, g1, g2, g3);
      c16 = rank4(c16, subgroupShuffle(r0, 4u), g0, g1, g2, g3); c17 = rank4(c17, subgroupShuffle(r1, 4u), g0, g1, g2, g3);
      c18 = rank4(c18, subgroupShuffle(r2, 4u), g0, g1, g2, g3); c19 = rank4(c19, subgroupShuffle(r3, 4u), g0, g1, g2, g3);
      c20 = rank4(c20, subgroupShuffle(r0, 5u), g0, g1, g2, g3); c21 = rank4(c21, subgroupShuffle(r1, 5u), g0, g1, g2, g3);
      c22 = rank4(c22, subgroupShuffle(r2, 5u), g0, g1, g2, g3); c23 = rank4(c23, subgroupShuffle(r3, 5u), g0, g1, g2, g3);
      c24 = rank4(c24, subgroupShuffle(r0, 6u), g0, g1, g2, g3); c25 = rank4(c25, subgroupShuffle(r1, 6u), g0, g1, g2, g3);
      c26 = rank4(c26, subgroupShuffle(r2, 6u), g0, g1, g2, g3); c27 = rank4(c27, subgroupShuffle(r3, 6u), g0, g1, g2, g3);
      c28 = rank4(c28, subgroupShuffle(r0, 7u), g0, g1, g2, g3); c29 = rank4(c29, subgroupShuffle(r1, 7u), g0, g1, g2, g3);
      c30 = rank4(c30, subgroupShuffle(r2, 7u), g0, g1, g2, g3); c31 = rank4(c31, subgroupShuffle(r3, 7u), g0, g1, g2, g3);
    }
  }
  if (first >= columns) { return; }
  let rows = sizes.KH * sizes.KW * sizes.I;
  let base = (group.z * rows + r) * columns + n;
  if (r + 0u < rows) { partials[base + 0u * columns] = c0; }
  if (r + 1u < rows) { partials[base + 1u * columns] = c1; }
  if (r + 2u < rows) { partials[base + 2u * columns] = c2; }
  if (r + 3u < rows) { partials[base + 3u * columns] = c3; }
  if (r + 4u < rows) { partials[base + 4u * columns] = c4; }
  if (r + 5u < rows) { partials[base + 5u * columns] = c5; }
  if (r + 6u < rows) { partials[base + 6u * columns] = c6; }
  if (r + 7u < rows) { partials[base + 7u * columns] = c7; }
  if (r + 8u < rows) { partials[base + 8u * columns] = c8; }
  if (r + 9u < rows) { partials[base + 9u * columns] = c9; }
  if (r + 10u < rows) { partials[base + 10u * columns] = c10; }
  if (r + 11u < rows) { partials[base + 11u * columns] = c11; }
  if (r + 12u < rows) { partials[base + 12u * columns] = c12; }
  if (r + 13u < rows) { partials[base + 13u * columns] = c13; }
  if (r + 14u < rows) { partials[base + 14u * columns] = c14; }
  if (r + 15u < rows) { partials[base + 15u * columns] = c15; }
  if (r + 16u < rows) { partials[base + 16u * columns] = c16; }
  if (r + 17u < rows) { partials[base + 17u * columns] = c17; }
  if (r + 18u < rows) { partials[base + 18u * columns] = c18; }
  if (r + 19u < rows) { partials[base + 19u * columns] = c19; }
  if (r + 20u < rows) { partials[base + 20u * columns] = c20; }
  if (r + 21u < rows) { partials[base + 21u * columns] = c21; }
  if (r + 22u < rows) { partials[base + 22u * columns] = c22; }
  if (r + 23u < rows) { partials[base + 23u * columns] = c23; }
  if (r + 24u < rows) { partials[base + 24u * columns] = c24; }
  if (r + 25u < rows) { partials[base + 25u * columns] = c25; }
  if (r + 26u < rows) { partials[base + 26u * columns] = c26; }
  if (r + 27u < rows) { partials[base + 27u * columns] = c27; }
  if (r + 28u < rows) { partials[base + 28u * columns] = c28; }
  if (r + 29u < rows) { partials[base + 29u * columns] = c29; }
  if (r + 30u < rows) { partials[base + 30u * columns] = c30; }
  if (r + 31u < rows) { partials[base + 31u * columns] = c31; }
}
