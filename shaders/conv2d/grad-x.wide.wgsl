// dx[b,h,v,i] = activation(sum_{ky,kx,o} dy[b,p,q,o] * w[ky,kx,i,o] + bias[i]),   p*SH + ky*DH = h + top, q*SW + kx*DW = v + left
// dy [B,P,Q,O]   w [KH,KW,I,O]   bias [I]   dx [B,H,W,I]          f32, row-major, I and O multiples of 4, one group
// grid: SH*SW*ceil(I/64)*ceil(B*ceil(H/SH)*ceil(W/SW)/128)     one workgroup = 128 pixels of a phase x 64 channels, a thread 8 x 8
// use: lib/activation, lib/grid
// GPUs: tiles in workgroup memory. A phase is the pixels of x that the same taps reach, SH and SW apart.

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

var<workgroup> left: array<vec4f, 640>;            // [128 pixels][16 steps, in fours; the fifth keeps rows off each other's banks]
var<workgroup> right: array<vec4f, 320>;           // [64 channels, every fourth behind another][16 steps, in fours of five]

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

fn fetch_dy(source: u32, o: u32) -> vec4f {
  let inside = (source != 0xffffffffu) & (o < sizes.O);
  return select(vec4f(), dy[select(0u, (source + o) / 4u, inside)], inside);
}

fn fetch_w(tap: u32, i: u32, o: u32) -> vec4f {
  let inside = (i < sizes.I) & (o < sizes.O);
  return select(vec4f(), w[select(0u, ((tap * sizes.I + i) * sizes.O + o) / 4u, inside)], inside);
}

fn store(pixel: u32, rows: u32, columns: u32, phase: vec2u, n: u32, c: vec4f, d: vec4f) {
  if (pixel >= sizes.B * rows * columns) { return; }
  let at = place(pixel, rows, columns);
  let width = sizes.I / 4u;
  let first = ((at.x * sizes.H + at.y * sizes.SH + phase.x) * sizes.W + at.z * sizes.SW + phase.y) * width;
  if (n < width) { dx[first + n] = finish(c, n); }
  if (n + 8u < width) { dx[first + n + 8u] = finish(d, n + 8u); }
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let across = (sizes.I + 63u) / 64u;
  let down = (sizes.B * ((sizes.H + sizes.SH - 1u) / sizes.SH) * ((sizes.W + sizes.SW - 1u) / sizes.SW) + 127u) / 128u;
  let tile = flat_group(group, groups);
  let z = tile / (across * down);
  let phase = vec2u(z / sizes.SW, z % sizes.SW);
  if ((z >= sizes.SH * sizes.SW) | (phase.x >= sizes.H) | (phase.y >= sizes.W)) { return; }
  let rows = (sizes.H + sizes.SH - 1u - phase.x) / sizes.SH;
  let columns = (sizes.W + sizes.SW - 1u - phase.y) / sizes.SW;
  let pixel0 = tile / across % down * 128u;
  if (pixel0 >= sizes.B * rows * columns) { return; }
  let tx = index % 8u;
  let ty = index / 8u;
  let at0 = place(pixel0 + index / 4u, rows, columns);
  let at1 = place(pixel0 + 32u + index / 4u, rows, columns);
  let at2 = place(pixel0 + 64u + index / 4u, rows, columns);
  let at3 = place(pixel0 + 96u + index / 4u, rows, columns);
  let i = tile % across * 64u + index / 4u;
  let slot = index / 4u * 5u + index % 4u;
  let turned = (index / 4u % 4u * 16u + index / 16u) * 5u + index % 4u;
  let row = 5u * ty;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var d0 = vec4f(); var d1 = vec4f(); var d2 = vec4f(); var d3 = vec4f();
  var d4 = vec4f(); var d5 = vec4f(); var d6 = vec4f(); var d7 = vec4f();
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let below = i32(phase.x + sizes.top) - i32(ky * sizes.DH);
    if (below % i32(sizes.SH) != 0) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let beside = i32(phase.y + sizes.left) - i32(kx * sizes.DW);
      if (beside % i32(sizes.SW) != 0) { continue; }
      let step = vec2u(vec2i(below / i32(sizes.SH), beside / i32(sizes.SW)));
      let tap = ky * sizes.KW + kx;
      let s0 = source(at0, step); let s1 = source(at1, step); let s2 = source(at2, step); let s3 = source(at3, step);
      for (var k0 = 0u; k0 < sizes.O; k0 += 16u) {
        let o = k0 + 4u * (index % 4u);
        let l0 = fetch_dy(s0, o); let l1 = fetch_dy(s1, o); let l2 = fetch_dy(s2, o); let l3 = fetch_dy(s3, o);
        let r0 = fetch_w(tap, i, o); let r1 = fetch_w(tap, i + 32u, o);
        workgroupBarrier();
        left[slot] = l0;
        left[slot + 160u] = l1;
        left[slot + 320u] = l2;
        left[slot + 480u] = l3;
        right[turned] = r0;
        right[turned + 40u] = r1;
        workgroupBarrier();
        for (var s = 0u; s < 4u; s++) {
          let at = 5u * tx + s;
          let b0 = right[at + 0u]; let e0 = right[at + 40u];
          let b1 = right[at + 80u]; let e1 = right[at + 120u];
          let b2 = right[at + 160u]; let e2 = right[at + 200u];
          let b3 = right[at + 240u]; let e3 = right[at + 280u];
          let p0 = vec4f(b0.x, b1.x, b2.x, b3.x); let q0 = vec4f(e0.x, e1.x, e2.x, e3.x);
          let p1 = vec4f(b0.y, b1.y, b2.y, b3.y); let q1 = vec4f(e0.y, e1.y, e2.y, e3.y);
          let p2 = vec4f(b0.z, b1.z, b2.z, b3.z); let q2 = vec4f(e0.z, e1.z, e2.z, e3.z);
          let p3 = vec4f(b0.w, b1.w, b2.w, b3.w); let q3 = vec4f(e0.w, e1.w, e2.w, e3.w);
          var a: vec4f;
          a = left[row + s];
          c0 = fma(vec4f(a.x), p0, c0); c0 = fma(vec4f(a.y), p1, c0); c0 = fma(vec4f(a.z), p2, c0); c0 = fma(vec4f(a.w), p3, c0);
          d0 = fma(vec4f(a.x), q0, d0); d0 = fma(vec4f(a.y), q1, d0); d0 = fma(vec4f(a.z), q2, d0); d0 = fma(vec4f(a.w), q3, d0);
          a = left[row + 80u + s];
          c1 = fma(vec4f(a.x), p0, c1); c1 = fma(vec4f(a.y), p1, c1); c1 = fma(vec4f(a.z), p2, c1); c1 = fma(vec4f(a.w), p3, c1);
          d1 = fma(vec4f(a.x), q0, d1); d1 = fma(vec4f(a.y), q1, d1); d1 = fma(vec4f(a.z), q2, d1); d1 = fma(vec4f(a.w), q3, d1);
          a = left[row + 160u + s];
          c2 = fma(vec4f(a.x), p0, c2); c2 = fma(vec4f(a.y), p1, c2); c2 = fma(vec4f(a.z), p2, c2); c2 = fma(vec4f(a.w), p3, c2);
          d2 = fma(vec4f(a.x), q0, d2); d2 = fma(vec4f(a.y), q1, d2); d2 = fma(vec4f(a.z), q2, d2); d2 = fma(vec4f(a.w), q3, d2);
          a = left[row + 240u + s];
          c3 = fma(vec4f(a.x), p0, c3); c3 = fma(vec4f(a.y), p1, c3); c3 = fma(vec4f(a.z), p2, c3); c3 = fma(vec4f(a.w), p3, c3);
          d3 = fma(vec4f(a.x), q0, d3); d3 = fma(vec4f(a.y), q1, d3); d3 = fma(vec4f(a.z), q2, d3); d3 = fma(vec4f(a.w), q3, d3);
          a = left[row + 320u + s];
          c4 = fma(vec4f(a.x), p0, c4); c4 = fma(vec4f(a.y), p1, c4); c4 = fma(vec4f(a.z), p2, c4); c4 = fma(vec4f(a.w), p3, c4);
          d4 = fma(vec4f(a.x), q0, d4); d4 = fma(vec4f(a.y), q1, d4); d4 = fma(vec4f(a.z), q2, d4); d4 = fma(vec4f(a.w), q3, d4);
          a = left[row + 400u + s];
          c5 = fma(vec4f(a.x), p0, c5); c5 = fma(vec4f(a.y), p1, c5); c5 = fma(vec4f(a.z), p2, c5); c5 = fma(vec4f(a.w), p3, c5);
          d5 = fma(vec4f(a.x), q0, d5); d5 = fma(vec4f(a.y), q1, d5); d5 = fma(vec4f(a.z), q2, d5); d5 = fma(vec4f(a.w), q3, d5);
          a = left[row + 480u + s];
          c6 = fma(vec4f(a.x), p0, c6); c6 = fma(vec4f(a.y), p1, c6); c6 = fma(vec4f(a.z), p2, c6); c6 = fma(vec4f(a.w), p3, c6);
          d6 = fma(vec4f(a.x), q0, d6); d6 = fma(vec4f(a.y), q1, d6); d6 = fma(vec4f(a.z), q2, d6); d6 = fma(vec4f(a.w), q3, d6);
          a = left[row + 560u + s];
          c7 = fma(vec4f(a.x), p0, c7); c7 = fma(vec4f(a.y), p1, c7); c7 = fma(vec4f(a.z), p2, c7); c7 = fma(vec4f(a.w), p3, c7);
          d7 = fma(vec4f(a.x), q0, d7); d7 = fma(vec4f(a.y), q1, d7); d7 = fma(vec4f(a.z), q2, d7); d7 = fma(vec4f(a.w), q3, d7);
        }
      }
    }
  }
  let p = pixel0 + ty;
  let n = tile % across * 16u + tx;
  store(p, rows, columns, phase, n, c0, d0);
  store(p + 16u, rows, columns, phase, n, c1, d1);
  store(p + 32u, rows, columns, phase, n, c2, d2);
  store(p + 48u, rows, columns, phase, n, c3, d3);
  store(p + 64u, rows, columns, phase, n, c4, d4);
  store(p + 80u, rows, columns, phase, n, c5, d5);
  store(p + 96u, rows, columns, phase, n, c6, d6);
  store(p + 112u, rows, columns, phase, n, c7, d7);
}
