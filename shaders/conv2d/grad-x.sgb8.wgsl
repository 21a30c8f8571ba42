// dx[b,h,v,i] = activation(sum_{ky,kx,o} dy[b,p,q,o] * w[ky,kx,i,o] + bias[i]),   p*SH + ky*DH = h + top, q*SW + kx*DW = v + left
// dy [B,P,Q,O]   w [KH,KW,I,O]   bias [I]   dx [B,H,W,I]          f32, row-major, I and O multiples of 4, one group
// grid: ceil(I/32), ceil(B*ceil(H/SH)*ceil(W/SW)/32), SH*SW       one workgroup = one subgroup of 8 = 32 pixels of a phase; a lane owns 4 channels
// use: lib/activation
// Software adapters, as forward.sgb8. A phase is the pixels of x that the same taps reach, SH and SW apart.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups: 1 here; activation (lib/activation), its leak or alpha
}
override ADD_BIAS: bool = false;

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

// Bias, and the activation that needs no code to speak of.
fn finish(sum: vec4f, shift: vec4f) -> vec4f {
  let v = sum + shift;
  return select(v, max(v, vec4f()), sizes.kind == 1u);
}

// Image, row and column of a pixel of the phase, in steps of the stride.
fn place(pixel: u32, rows: u32, columns: u32) -> vec3u {
  let at = min(pixel, sizes.B * rows * columns - 1u);
  return vec3u(at / (rows * columns), at / columns % rows, at % columns);
}

// The element of dy, in vectors of 4, `step` rows and columns on; 0xffffffff outside of dy.
fn source(place: vec3u, step: vec2u) -> u32 {
  let p = place.y + step.x;
  let q = place.z + step.y;
  return select(0xffffffffu, ((place.x * sizes.P + p) * sizes.Q + q) * (sizes.O / 4u), (p < sizes.P) & (q < sizes.Q));
}

fn fetch(source: u32, k: u32) -> vec4f {
  let inside = source != 0xffffffffu;
  return select(vec4f(), dy[select(0u, source + k, inside)], inside);
}

// The element of dx, in vectors of 4, of a pixel of the phase.
fn place_of(pixel: u32, rows: u32, columns: u32, phase: vec2u) -> u32 {
  let at = place(pixel, rows, columns);
  let row = at.x * sizes.H + at.y * sizes.SH + phase.x;
  return (row * sizes.W + at.z * sizes.SW + phase.y) * (sizes.I / 4u);
}

// c + a.x b0 + a.y b1 + a.z b2 + a.w b3, in one expression, so that c stays in a register.
fn rank4(c: vec4f, a: vec4f, b0: vec4f, b1: vec4f, b2: vec4f, b3: vec4f) -> vec4f {
  return c + a.x * b0 + a.y * b1 + a.z * b2 + a.w * b3;
}

// A lane loads 4 channels of a pixel, so that one load of dy serves 8 pixels; four rows of w are turned in registers.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let phase = vec2u(group.z / sizes.SW, group.z % sizes.SW);
  let rows = (sizes.H + sizes.SH - 1u - phase.x) / sizes.SH;
  let columns = (sizes.W + sizes.SW - 1u - phase.y) / sizes.SW;
  let r = group.y * 32u;
  let pixels = sizes.B * rows * columns;
  if (r >= pixels) { return; }
  let first = group.x * 8u + lane;
  let n = min(first, sizes.I / 4u - 1u);
  let width = sizes.O / 4u;
  let p0 = place(r + lane, rows, columns); let p1 = place(r + 8u + lane, rows, columns);
  let p2 = place(r + 16u + lane, rows, columns); let p3 = place(r + 24u + lane, rows, columns);
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var c16 = vec4f(); var c17 = vec4f(); var c18 = vec4f(); var c19 = vec4f();
  var c20 = vec4f(); var c21 = vec4f(); var c22 = vec4f(); var c23 = vec4f();
  var c24 = vec4f(); var c25 = vec4f(); var c26 = vec4f(); var c27 = vec4f();
  var c28 = vec4f(); var c29 = vec4f(); var c30 = vec4f(); var c31 = vec4f();
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let down = i32(phase.x + sizes.top) - i32(ky * sizes.DH);
    if (down % i32(sizes.SH) != 0) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let right = i32(phase.y + sizes.left) - i32(kx * sizes.DW);
      if (right % i32(sizes.SW) != 0) { continue; }
      let tap = vec2u(u32(down / i32(sizes.SH)), u32(right / i32(sizes.SW)));
      let g0 = source(p0, tap); let g1 = source(p1, tap); let g2 = source(p2, tap); let g3 = source(p3, tap);
      let i0 = ((ky * sizes.KW + kx) * sizes.I + 4u * n) * width;
      for (var k = 0u; k < width; k++) {
        let w0 = w[i0 + k]; let w1 = w[i0 + width + k]; let w2 = w[i0 + 2u * width + k]; let w3 = w[i0 + 3u * width + k];
        let b0 = vec4f(w0.x, w1.x, w2.x, w3.x); let b1 = vec4f(w0.y, w1.y, w2.y, w3.y);
        let b2 = vec4f(w0.z, w1.z, w2.z, w3.z); let b3 = vec4f(w0.w, w1.w, w2.w, w3.w);
        let a0 = fetch(g0, k); let a1 = fetch(g1, k); let a2 = fetch(g2, k); let a3 = fetch(g3, k);
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
  if (first >= sizes.I / 4u) { return; }
  var shift = vec4f();
  if (ADD_BIAS) { shift = bias[n]; }
  if (r + 0u < pixels) { dx[place_of(r + 0u, rows, columns, phase) + n] = finish(c0, shift); }
  if (r + 1u < pixels) { dx[place_of(r + 1u, rows, columns, phase) + n] = finish(c1, shift); }
  if (r + 2u < pixels) { dx[place_of(r + 2u, rows, columns, phase) + n] = finish(c2, shift); }
  if (r + 3u < pixels) { dx[place_of(r + 3u, rows, columns, phase) + n] = finish(c3, shift); }
  if (r + 4u < pixels) { dx[place_of(r + 4u, rows, columns, phase) + n] = finish(c4, shift); }
  if (r + 5u < pixels) { dx[place_of(r + 5u, rows, columns, phase) + n] = finish(c5, shift); }
  if (r + 6u < pixels) { dx[place_of(r + 6u, rows, columns, phase) + n] = finish(c6, shift); }
  if (r + 7u < pixels) { dx[place_of(r + 7u, rows, columns, phase) + n] = finish(c7, shift); }
  if (r + 8u < pixels) { dx[place_of(r + 8u, rows, columns, phase) + n] = finish(c8, shift); }
  if (r + 9u < pixels) { dx[place_of(r + 9u, rows, columns, phase) + n] = finish(c9, shift); }
  if (r + 10u < pixels) { dx[place_of(r + 10u, rows, columns, phase) + n] = finish(c10, shift); }
  if (r + 11u < pixels) { dx[place_of(r + 11u, rows, columns, phase) + n] = finish(c11, shift); }
  if (r + 12u < pixels) { dx[place_of(r + 12u, rows, columns, phase) + n] = finish(c12, shift); }
  if (r + 13u < pixels) { dx[place_of(r + 13u, rows, columns, phase) + n] = finish(c13, shift); }
  if (r + 14u < pixels) { dx[place_of(r + 14u, rows, columns, phase) + n] = finish(c14, shift); }
  if (r + 15u < pixels) { dx[place_of(r + 15u, rows, columns, phase) + n] = finish(c15, shift); }
  if (r + 16u < pixels) { dx[place_of(r + 16u, rows, columns, phase) + n] = finish(c16, shift); }
  if (r + 17u < pixels) { dx[place_of(r + 17u, rows, columns, phase) + n] = finish(c17, shift); }
  if (r + 18u < pixels) { dx[place_of(r + 18u, rows, columns, phase) + n] = finish(c18, shift); }
  if (r + 19u < pixels) { dx[place_of(r + 19u, rows, columns, phase) + n] = finish(c19, shift); }
  if (r + 20u < pixels) { dx[place_of(r + 20u, rows, columns, phase) + n] = finish(c20, shift); }
  if (r + 21u < pixels) { dx[place_of(r + 21u, rows, columns, phase) + n] = finish(c21, shift); }
  if (r + 22u < pixels) { dx[place_of(r + 22u, rows, columns, phase) + n] = finish(c22, shift); }
  if (r + 23u < pixels) { dx[place_of(r + 23u, rows, columns, phase) + n] = finish(c23, shift); }
  if (r + 24u < pixels) { dx[place_of(r + 24u, rows, columns, phase) + n] = finish(c24, shift); }
  if (r + 25u < pixels) { dx[place_of(r + 25u, rows, columns, phase) + n] = finish(c25, shift); }
  if (r + 26u < pixels) { dx[place_of(r + 26u, rows, columns, phase) + n] = finish(c26, shift); }
  if (r + 27u < pixels) { dx[place_of(r + 27u, rows, columns, phase) + n] = finish(c27, shift); }
  if (r + 28u < pixels) { dx[place_of(r + 28u, rows, columns, phase) + n] = finish(c28, shift); }
  if (r + 29u < pixels) { dx[place_of(r + 29u, rows, columns, phase) + n] = finish(c29, shift); }
  if (r + 30u < pixels) { dx[place_of(r + 30u, rows, columns, phase) + n] = finish(c30, shift); }
  if (r + 31u < pixels) { dx[place_of(r + 31u, rows, columns, phase) + n] = finish(c31, shift); }
  // The other activations, over what was written, one at a time: inlined once, their code does not multiply the time to compile.
  if (sizes.kind > 1u) {
    for (var i = 0u; i < min(32u, pixels - r); i++) {
      let at = place_of(r + i, rows, columns, phase) + n;
      for (var j = 0u; j < 4u; j++) { dx[at][j] = activate(sizes.kind, dx[at][j], sizes.slope); }
    }
  }
}
