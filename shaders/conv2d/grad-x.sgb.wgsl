// dx[b,h,v,i] = activation(sum_{ky,kx,o} dy[b,p,q,o] * w[ky,kx,i,o] + bias[i]),   p*SH + ky*DH = h + top, q*SW + kx*DW = v + left
// dy [B,P,Q,O]   w [KH,KW,I,O]   bias [I]   dx [B,H,W,I]          f32, row-major, I and O multiples of 4, one group
// grid: ceil(I/(4*SUBGROUP)), ceil(B*ceil(H/SH)*ceil(W/SW)/16), SH*SW     a subgroup = 16 pixels of one phase; a lane owns 4 channels
// use: lib/activation
// Software adapters: subgroup broadcast, no workgroup memory. A phase is the pixels of x that the same taps reach, SH and SW apart.
enable subgroups;

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, kind: u32, slope: f32,                  // groups: 1 here; activation (lib/activation), its leak or alpha
}
override SUBGROUP: u32 = 8u;                       // lanes of a subgroup: 4 or 8
override ADD_BIAS: bool = false;

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn finish(sum: vec4f, n: u32) -> vec4f {
  var v = sum;
  if (ADD_BIAS) { v += bias[n]; }
  if (sizes.kind == 0u) { return v; }
  if (sizes.kind == 1u) { return max(v, vec4f()); }
  let s = sizes.slope;
  return vec4f(activate(sizes.kind, v.x, s), activate(sizes.kind, v.y, s), activate(sizes.kind, v.z, s), activate(sizes.kind, v.w, s));
}

// Image, row and column of a pixel of the phase, in steps of the stride.
fn place(pixel: u32, rows: u32, columns: u32) -> vec3u {
  let at = min(pixel, sizes.B * rows * columns - 1u);
  return vec3u(at / (rows * columns), at / columns % rows, at % columns);
}

// The element of dy, `step` rows and columns on; 0xffffffff outside of dy.
fn source(place: vec3u, step: vec2u) -> u32 {
  let p = place.y + step.x;
  let q = place.z + step.y;
  return select(0xffffffffu, ((place.x * sizes.P + p) * sizes.Q + q) * sizes.O, (p < sizes.P) & (q < sizes.Q));
}

fn fetch(source: u32, o: u32) -> f32 {
  let inside = (source != 0xffffffffu) & (o < sizes.O);
  return select(0.0, dy[select(0u, source + o, inside)], inside);
}

fn store(pixel: u32, rows: u32, columns: u32, phase: vec2u, n: u32, sum: vec4f) {
  if (pixel >= sizes.B * rows * columns) { return; }
  let at = place(pixel, rows, columns);
  let row = at.x * sizes.H + at.y * sizes.SH + phase.x;
  dx[(row * sizes.W + at.z * sizes.SW + phase.y) * (sizes.I / 4u) + n] = finish(sum, n);
}

// One load of dy serves SUBGROUP reduction steps; four rows of w are read along the reduction and turned in registers.
@compute @workgroup_size(SUBGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let phase = vec2u(group.z / sizes.SW, group.z % sizes.SW);
  let rows = (sizes.H + sizes.SH - 1u - phase.x) / sizes.SH;
  let columns = (sizes.W + sizes.SW - 1u - phase.y) / sizes.SW;
  let r = group.y * 16u;
  if (r >= sizes.B * rows * columns) { return; }
  let n = min(group.x * SUBGROUP + lane, sizes.I / 4u - 1u);
  let width = sizes.O / 4u;
  let last = width - 1u;
  let p0 = place(r + 0u, rows, columns); let p1 = place(r + 1u, rows, columns);
  let p2 = place(r + 2u, rows, columns); let p3 = place(r + 3u, rows, columns);
  let p4 = place(r + 4u, rows, columns); let p5 = place(r + 5u, rows, columns);
  let p6 = place(r + 6u, rows, columns); let p7 = place(r + 7u, rows, columns);
  let p8 = place(r + 8u, rows, columns); let p9 = place(r + 9u, rows, columns);
  let p10 = place(r + 10u, rows, columns); let p11 = place(r + 11u, rows, columns);
  let p12 = place(r + 12u, rows, columns); let p13 = place(r + 13u, rows, columns);
  let p14 = place(r + 14u, rows, columns); let p15 = place(r + 15u, rows, columns);
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let down = i32(phase.x + sizes.top) - i32(ky * sizes.DH);
    if (down % i32(sizes.SH) != 0) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let right = i32(phase.y + sizes.left) - i32(kx * sizes.DW);
      if (right % i32(sizes.SW) != 0) { continue; }
      let tap = vec2u(u32(down / i32(sizes.SH)), u32(right / i32(sizes.SW)));
      let i0 = ((ky * sizes.KW + kx) * sizes.I + 4u * n) * width;
      let i1 = i0 + width;
      let i2 = i1 + width;
      let i3 = i2 + width;
      let g0 = source(p0, tap); let g1 = source(p1, tap); let g2 = source(p2, tap); let g3 = source(p3, tap);
      let g4 = source(p4, tap); let g5 = source(p5, tap); let g6 = source(p6, tap); let g7 = source(p7, tap);
      let g8 = source(p8, tap); let g9 = source(p9, tap); let g10 = source(p10, tap); let g11 = source(p11, tap);
      let g12 = source(p12, tap); let g13 = source(p13, tap); let g14 = source(p14, tap); let g15 = source(p15, tap);
      for (var k = 0u; k < sizes.O; k += SUBGROUP) {
        let at = k + lane;
        let a0 = fetch(g0, at); let a1 = fetch(g1, at); let a2 = fetch(g2, at); let a3 = fetch(g3, at);
        let a4 = fetch(g4, at); let a5 = fetch(g5, at); let a6 = fetch(g6, at); let a7 = fetch(g7, at);
        let a8 = fetch(g8, at); let a9 = fetch(g9, at); let a10 = fetch(g10, at); let a11 = fetch(g11, at);
        let a12 = fetch(g12, at); let a13 = fetch(g13, at); let a14 = fetch(g14, at); let a15 = fetch(g15, at);
        var o: u32;
        var b: vec4f;
        var w0: vec4f; var w1: vec4f; var w2: vec4f; var w3: vec4f;
        o = min(k / 4u + 0u, last);
        w0 = w[i0 + o]; w1 = w[i1 + o]; w2 = w[i2 + o]; w3 = w[i3 + o];
        b = vec4f(w0.x, w1.x, w2.x, w3.x);
        c0 += subgroupBroadcast(a0, 0u) * b; c1 += subgroupBroadcast(a1, 0u) * b;
        c2 += subgroupBroadcast(a2, 0u) * b; c3 += subgroupBroadcast(a3, 0u) * b;
        c4 += subgroupBroadcast(a4, 0u) * b; c5 += subgroupBroadcast(a5, 0u) * b;
        c6 += subgroupBroadcast(a6, 0u) * b; c7 += subgroupBroadcast(a7, 0u) * b;
        c8 += subgroupBroadcast(a8, 0u) * b; c9 += subgroupBroadcast(a9, 0u) * b;
        c10 += subgroupBroadcast(a10, 0u) * b; c11 += subgroupBroadcast(a11, 0u) * b;
        c12 += subgroupBroadcast(a12, 0u) * b; c13 += subgroupBroadcast(a13, 0u) * b;
        c14 += subgroupBroadcast(a14, 0u) * b; c15 += subgroupBroadcast(a15, 0u) * b;
        b = vec4f(w0.y, w1.y, w2.y, w3.y);
        c0 += subgroupBroadcast(a0, 1u) * b; c1 += subgroupBroadcast(a1, 1u) * b;
        c2 += subgroupBroadcast(a2, 1u) * b; c3 += subgroupBroadcast(a3, 1u) * b;
        c4 += subgroupBroadcast(a4, 1u) * b; c5 += subgroupBroadcast(a5, 1u) * b;
        c6 += subgroupBroadcast(a6, 1u) * b; c7 += subgroupBroadcast(a7, 1u) * b;
        c8 += subgroupBroadcast(a8, 1u) * b; c9 += subgroupBroadcast(a9, 1u) * b;
        c10 += subgroupBroadcast(a10, 1u) * b; c11 += subgroupBroadcast(a11, 1u) * b;
        c12 += subgroupBroadcast(a12, 1u) * b; c13 += subgroupBroadcast(a13, 1u) * b;
        c14 += subgroupBroadcast(a14, 1u) * b; c15 += subgroupBroadcast(a15, 1u) * b;
        b = vec4f(w0.z, w1.z, w2.z, w3.z);
        c0 += subgroupBroadcast(a0, 2u) * b; c1 += subgroupBroadcast(a1, 2u) * b;
        c2 += subgroupBroadcast(a2, 2u) * b; c3 += subgroupBroadcast(a3, 2u) * b;
        c4 += subgroupBroadcast(a4, 2u) * b; c5 += subgroupBroadcast(a5, 2u) * b;
        c6 += subgroupBroadcast(a6, 2u) * b; c7 += subgroupBroadcast(a7, 2u) * b;
        c8 += subgroupBroadcast(a8, 2u) * b; c9 += subgroupBroadcast(a9, 2u) * b;
        c10 += subgroupBroadcast(a10, 2u) * b; c11 += subgroupBroadcast(a11, 2u) * b;
        c12 += subgroupBroadcast(a12, 2u) * b; c13 += subgroupBroadcast(a13, 2u) * b;
        c14 += subgroupBroadcast(a14, 2u) * b; c15 += subgroupBroadcast(a15, 2u) * b;
        b = vec4f(w0.w, w1.w, w2.w, w3.w);
        c0 += subgroupBroadcast(a0, 3u) * b; c1 += subgroupBroadcast(a1, 3u) * b;
        c2 += subgroupBroadcast(a2, 3u) * b; c3 += subgroupBroadcast(a3, 3u) * b;
        c4 += subgroupBroadcast(a4, 3u) * b; c5 += subgroupBroadcast(a5, 3u) * b;
        c6 += subgroupBroadcast(a6, 3u) * b; c7 += subgroupBroadcast(a7, 3u) * b;
        c8 += subgroupBroadcast(a8, 3u) * b; c9 += subgroupBroadcast(a9, 3u) * b;
        c10 += subgroupBroadcast(a10, 3u) * b; c11 += subgroupBroadcast(a11, 3u) * b;
        c12 += subgroupBroadcast(a12, 3u) * b; c13 += subgroupBroadcast(a13, 3u) * b;
        c14 += subgroupBroadcast(a14, 3u) * b; c15 += subgroupBroadcast(a15, 3u) * b;
        if (SUBGROUP == 8u) {
          o = min(k / 4u + 1u, last);
          w0 = w[i0 + o]; w1 = w[i1 + o]; w2 = w[i2 + o]; w3 = w[i3 + o];
          b = vec4f(w0.x, w1.x, w2.x, w3.x);
          c0 += subgroupBroadcast(a0, 4u) * b; c1 += subgroupBroadcast(a1, 4u) * b;
          c2 += subgroupBroadcast(a2, 4u) * b; c3 += subgroupBroadcast(a3, 4u) * b;
          c4 += subgroupBroadcast(a4, 4u) * b; c5 += subgroupBroadcast(a5, 4u) * b;
          c6 += subgroupBroadcast(a6, 4u) * b; c7 += subgroupBroadcast(a7, 4u) * b;
          c8 += subgroupBroadcast(a8, 4u) * b; c9 += subgroupBroadcast(a9, 4u) * b;
          c10 += subgroupBroadcast(a10, 4u) * b; c11 += subgroupBroadcast(a11, 4u) * b;
          c12 += subgroupBroadcast(a12, 4u) * b; c13 += subgroupBroadcast(a13, 4u) * b;
          c14 += subgroupBroadcast(a14, 4u) * b; c15 += subgroupBroadcast(a15, 4u) * b;
          b = vec4f(w0.y, w1.y, w2.y, w3.y);
          c0 += subgroupBroadcast(a0, 5u) * b; c1 += subgroupBroadcast(a1, 5u) * b;
          c2 += subgroupBroadcast(a2, 5u) * b; c3 += subgroupBroadcast(a3, 5u) * b;
          c4 += subgroupBroadcast(a4, 5u) * b; c5 += subgroupBroadcast(a5, 5u) * b;
          c6 += subgroupBroadcast(a6, 5u) * b; c7 += subgroupBroadcast(a7, 5u) * b;
          c8 += subgroupBroadcast(a8, 5u) * b; c9 += subgroupBroadcast(a9, 5u) * b;
          c10 += subgroupBroadcast(a10, 5u) * b; c11 += subgroupBroadcast(a11, 5u) * b;
          c12 += subgroupBroadcast(a12, 5u) * b; c13 += subgroupBroadcast(a13, 5u) * b;
          c14 += subgroupBroadcast(a14, 5u) * b; c15 += subgroupBroadcast(a15, 5u) * b;
          b = vec4f(w0.z, w1.z, w2.z, w3.z);
          c0 += subgroupBroadcast(a0, 6u) * b; c1 += subgroupBroadcast(a1, 6u) * b;
          c2 += subgroupBroadcast(a2, 6u) * b; c3 += subgroupBroadcast(a3, 6u) * b;
          c4 += subgroupBroadcast(a4, 6u) * b; c5 += subgroupBroadcast(a5, 6u) * b;
          c6 += subgroupBroadcast(a6, 6u) * b; c7 += subgroupBroadcast(a7, 6u) * b;
          c8 += subgroupBroadcast(a8, 6u) * b; c9 += subgroupBroadcast(a9, 6u) * b;
          c10 += subgroupBroadcast(a10, 6u) * b; c11 += subgroupBroadcast(a11, 6u) * b;
          c12 += subgroupBroadcast(a12, 6u) * b; c13 += subgroupBroadcast(a13, 6u) * b;
          c14 += subgroupBroadcast(a14, 6u) * b; c15 += subgroupBroadcast(a15, 6u) * b;
          b = vec4f(w0.w, w1.w, w2.w, w3.w);
          c0 += subgroupBroadcast(a0, 7u) * b; c1 += subgroupBroadcast(a1, 7u) * b;
          c2 += subgroupBroadcast(a2, 7u) * b; c3 += subgroupBroadcast(a3, 7u) * b;
          c4 += subgroupBroadcast(a4, 7u) * b; c5 += subgroupBroadcast(a5, 7u) * b;
          c6 += subgroupBroadcast(a6, 7u) * b; c7 += subgroupBroadcast(a7, 7u) * b;
          c8 += subgroupBroadcast(a8, 7u) * b; c9 += subgroupBroadcast(a9, 7u) * b;
          c10 += subgroupBroadcast(a10, 7u) * b; c11 += subgroupBroadcast(a11, 7u) * b;
          c12 += subgroupBroadcast(a12, 7u) * b; c13 += subgroupBroadcast(a13, 7u) * b;
          c14 += subgroupBroadcast(a14, 7u) * b; c15 += subgroupBroadcast(a15, 7u) * b;
        }
      }
    }
  }
  if (group.x * SUBGROUP + lane >= sizes.I / 4u) { return; }
  store(r + 0u, rows, columns, phase, n, c0);
  store(r + 1u, rows, columns, phase, n, c1);
  store(r + 2u, rows, columns, phase, n, c2);
  store(r + 3u, rows, columns, phase, n, c3);
  store(r + 4u, rows, columns, phase, n, c4);
  store(r + 5u, rows, columns, phase, n, c5);
  store(r + 6u, rows, columns, phase, n, c6);
  store(r + 7u, rows, columns, phase, n, c7);
  store(r + 8u, rows, columns, phase, n, c8);
  store(r + 9u, rows, columns, phase, n, c9);
  store(r + 10u, rows, columns, phase, n, c10);
  store(r + 11u, rows, columns, phase, n, c11);
  store(r + 12u, rows, columns, phase, n, c12);
  store(r + 13u, rows, columns, phase, n, c13);
  store(r + 14u, rows, columns, phase, n, c14);
  store(r + 15u, rows, columns, phase, n, c15);
}
