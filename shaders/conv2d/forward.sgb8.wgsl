// y[b,p,q,o] = activation(sum_{ky,kx,i} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * w[ky,kx,i,o] + bias[o])
// x [B,H,W,I]   w [KH,KW,I,O]   bias [O]   y [B,P,Q,O]            f32, row-major, I and O multiples of 4, one group
// grid: ceil(O/32), ceil(B*P*Q/32)      one workgroup = one subgroup of 8 = 32 pixels; a lane owns 4 channels
// use: lib/activation
// Software adapters: a product of matrices [B*P*Q, KH*KW*I] x [KH*KW*I, O]. A shuffle by a literal is one permutation on lavapipe; broadcast adds a blend.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups: 1 here; activation (lib/activation), its leak or alpha
}
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// Bias, and the activation that needs no code to speak of.
fn finish(sum: vec4f, shift: vec4f) -> vec4f {
  let v = sum + shift;
  return select(v, max(v, vec4f()), sizes.kind == 1u);
}

// The other activations, over what was written, one at a time: inlined once, their code does not multiply the time to compile.
fn activate_rows(r: u32, rows: u32, n: u32) {
  let columns = sizes.O / 4u;
  for (var row = r; row < min(r + 32u, rows); row++) {
    for (var j = 0u; j < 4u; j++) { y[row * columns + n][j] = activate(sizes.kind, y[row * columns + n][j], sizes.slope); }
  }
}

// Row and column of x under the first tap of a pixel of y, and the element of x there, in vectors of 4; outside of x they wrap.
fn corner(pixel: u32) -> vec3u {
  let at = min(pixel, sizes.B * sizes.P * sizes.Q - 1u);
  let row = at / sizes.Q % sizes.P * sizes.SH - sizes.top;
  let column = at % sizes.Q * sizes.SW - sizes.left;
  return vec3u(row, column, ((at / (sizes.Q * sizes.P) * sizes.H + row) * sizes.W + column) * (sizes.I / 4u));
}

// The element that a tap reaches; 0xffffffff outside of x.
fn source(corner: vec3u, step: vec3u) -> u32 {
  let inside = (corner.x + step.x < sizes.H) & (corner.y + step.y < sizes.W);
  return select(0xffffffffu, corner.z + step.z, inside);
}

fn fetch(source: u32, k: u32) -> vec4f {
  let inside = source != 0xffffffffu;
  return select(vec4f(), x[select(0u, source + k, inside)], inside);
}

// c + a.x b0 + a.y b1 + a.z b2 + a.w b3, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

// A lane loads 4 channels of a pixel, so that one load of x serves 8 pixels, and one load of w serves 32.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = sizes.O / 4u;
  let first = group.x * 8u + lane;
  let n = min(first, columns - 1u);
  let r = group.y * 32u;
  let depth = sizes.I / 4u;
  let p0 = corner(r + lane); let p1 = corner(r + 8u + lane);
  let p2 = corner(r + 16u + lane); let p3 = corner(r + 24u + lane);
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
  for (var ky = 0u; ky < sizes.KH; ky++) {
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let step = vec3u(ky * sizes.DH, kx * sizes.DW, (ky * sizes.DH * sizes.W + kx * sizes.DW) * depth);
      let x0 = source(p0, step); let x1 = source(p1, step); let x2 = source(p2, step); let x3 = source(p3, step);
      let tap = (ky * sizes.KW + kx) * sizes.I;
      for (var k = 0u; k < depth; k++) {
        let at = (tap + 4u * k) * columns + n;
        let b0 = w[at]; let b1 = w[at + columns]; let b2 = w[at + 2u * columns]; let b3 = w[at + 3u * columns];
        let a0 = fetch(x0, k); let a1 = fetch(x1, k); let a2 = fetch(x2, k); let a3 = fetch(x3, k);
        c0 = rank4(c0, subgroupShuffle(a0, 0u), b0, b1, b2, b3); c1 = rank4(c1, subgroupShuffle(a0, 1u), b0, b1, b2, b3);
        c2 = rank4(c2, subgroupShuffle(a0, 2u), b0, b1, b2, b3); c3 = rank4(c3, subgroupShuffle(a0, 3u), b0, b1, b2, b3);
        c4 = rank4(c4, subgroupShuffle(a0, 4u), b0, b1, b2, b3); c5 = rank4(c5, subgroupShuffle(a0, 5u), b0, b1, b2, b3);
        c6 = rank4(c6, subgroupShuffle(a0, 6u), b0, b1, b2, b3); c7 = rank4(c7, subgroupShuffle(a0, 7u), b0, b1, b2, b3);
        c8 = rank4(c8, subgroupShuffle(a1, 0u), b0, b1, b2, b3); c9 = rank4(c9, subgroupShuffle(a1, 1u), b0, b1, b2, b3);
        c10 = rank4(c10, subgroupShuffle(a1, 2u), b0, b1, b2, b3); c11 = rank4(c11, subgroupShuffle(a1, 3u), b0, b1, b2, b3);
        c12 = rank4(c12, subgroupShuffle(a1, 4u), b0, b1, b2, b3); c13 = rank4(c13, subgroupShuffle(a1, 5u), b0, b1, b2, b3);
        c14 = rank4(c14, subgroupShuffle(a1, 6u), b0, b1, b2, b3); c15 = rank4(c15, subgroupShuffle(a1, 7u), b0, b1, b2, b3);
        c16 = rank4(c16, subgroupShuffle(a2, 0u), b0, b1, b2, b3); c17 = rank4(c17, subgroupShuffle(a2, 1u), b0, b1, b2, b3);
        c18 = rank4(c18, subgroupShuffle(a2, 2u), b0, b1, b2, b3); c19 = rank4(c19, subgroupShuffle(a2, 3u), b0, b1, b2, b3);
        c20 = rank4(c20, subgroupShuffle(a2, 4u), b0, b1, b2, b3); c21 = rank4(c21, subgroupShuffle(a2, 5u), b0, b1, b2, b3);
        c22 = rank4(c22, subgroupShuffle(a2, 6u), b0, b1, b2, b3); c23 = rank4(c23, subgroupShuffle(a2, 7u), b0, b1, b2, b3);
        c24 = rank4(c24, subgroupShuffle(a3, 0u), b0, b1, b2, b3); c25 = rank4(c25, subgroupShuffle(a3, 1u), b0, b1, b2, b3);
        c26 = rank4(c26, subgroupShuffle(a3, 2u), b0, b1, b2, b3); c27 = rank4(c27, subgroupShuffle(a3, 3u), b0, b1, b2, b3);
        c28 = rank4(c28, subgroupShuffle(a3, 4u), b0, b1, b2, b3); c29 = rank4(c29, subgroupShuffle(a3, 5u), b0, b1, b2, b3);
        c30 = rank4(c30, subgroupShuffle(a3, 6u), b0, b1, b2, b3); c31 = rank4(c31, subgroupShuffle(a3, 7u), b0, b1, b2, b3);
      }
    }
  }
  if (first >= columns) { return; }
  let rows = sizes.B * sizes.P * sizes.Q;
  var shift = vec4f();
  if (HAS_BIAS) { shift = bias[n]; }
  if (r + 0u < rows) { y[(r + 0u) * columns + n] = finish(c0, shift); }
  if (r + 1u < rows) { y[(r + 1u) * columns + n] = finish(c1, shift); }
  if (r + 2u < rows) { y[(r + 2u) * columns + n] = finish(c2, shift); }
  if (r + 3u < rows) { y[(r + 3u) * columns + n] = finish(c3, shift); }
  if (r + 4u < rows) { y[(r + 4u) * columns + n] = finish(c4, shift); }
  if (r + 5u < rows) { y[(r + 5u) * columns + n] = finish(c5, shift); }
  if (r + 6u < rows) { y[(r + 6u) * columns + n] = finish(c6, shift); }
  if (r + 7u < rows) { y[(r + 7u) * columns + n] = finish(c7, shift); }
  if (r + 8u < rows) { y[(r + 8u) * columns + n] = finish(c8, shift); }
  if (r + 9u < rows) { y[(r + 9u) * columns + n] = finish(c9, shift); }
  if (r + 10u < rows) { y[(r + 10u) * columns + n] = finish(c10, shift); }
  if (r + 11u < rows) { y[(r + 11u) * columns + n] = finish(c11, shift); }
  if (r + 12u < rows) { y[(r + 12u) * columns + n] = finish(c12, shift); }
  if (r + 13u < rows) { y[(r + 13u) * columns + n] = finish(c13, shift); }
  if (r + 14u < rows) { y[(r + 14u) * columns + n] = finish(c14, shift); }
  if (r + 15u < rows) { y[(r + 15u) * columns + n] = finish(c15, shift); }
  if (r + 16u < rows) { y[(r + 16u) * columns + n] = finish(c16, shift); }
  if (r + 17u < rows) { y[(r + 17u) * columns + n] = finish(c17, shift); }
  if (r + 18u < rows) { y[(r + 18u) * columns + n] = finish(c18, shift); }
  if (r + 19u < rows) { y[(r + 19u) * columns + n] = finish(c19, shift); }
  if (r + 20u < rows) { y[(r + 20u) * columns + n] = finish(c20, shift); }
  if (r + 21u < rows) { y[(r + 21u) * columns + n] = finish(c21, shift); }
  if (r + 22u < rows) { y[(r + 22u) * columns + n] = finish(c22, shift); }
  if (r + 23u < rows) { y[(r + 23u) * columns + n] = finish(c23, shift); }
  if (r + 24u < rows) { y[(r + 24u) * columns + n] = finish(c24, shift); }
  if (r + 25u < rows) { y[(r + 25u) * columns + n] = finish(c25, shift); }
  if (r + 26u < rows) { y[(r + 26u) * columns + n] = finish(c26, shift); }
  if (r + 27u < rows) { y[(r + 27u) * columns + n] = finish(c27, shift); }
  if (r + 28u < rows) { y[(r + 28u) * columns + n] = finish(c28, shift); }
  if (r + 29u < rows) { y[(r + 29u) * columns + n] = finish(c29, shift); }
  if (r + 30u < rows) { y[(r + 30u) * columns + n] = finish(c30, shift); }
  if (r + 31u < rows) { y[(r + 31u) * columns + n] = finish(c31, shift); }
  if (sizes.kind > 1u) { activate_rows(r, rows, n); }
}
