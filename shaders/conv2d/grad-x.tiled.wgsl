// dx[b,h,v,i] = activation(sum_{ky,kx,o} dy[b,p,q,o] * w[ky,kx,i,o] + bias[i]),   p*SH + ky*DH = h + top, q*SW + kx*DW = v + left
// dy [B,P,Q,O]   w [KH,KW,I,O]   bias [I]   dx [B,H,W,I]          f32, row-major, one group
// grid: SH*SW*ceil(I/32)*ceil(B*ceil(H/SH)*ceil(W/SW)/32)     one workgroup = 32 pixels of a phase x 32 channels, a thread 4 x 4
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

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> left: array<f32, 576>;              // [16 steps][32 rows, of 36: other banks for every step]
var<workgroup> right: array<f32, 576>;             // [16 steps][32 columns, of 36]

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

fn fetch_dy(source: u32, o: u32) -> f32 {
  let inside = (source != 0xffffffffu) & (o < sizes.O);
  return select(0.0, dy[select(0u, source + o, inside)], inside);
}

fn fetch_w(tap: u32, i: u32, o: u32) -> f32 {
  let inside = (i < sizes.I) & (o < sizes.O);
  return select(0.0, w[select(0u, (tap * sizes.I + i) * sizes.O + o, inside)], inside);
}

fn store(pixel: u32, rows: u32, columns: u32, phase: vec2u, i: u32, sum: vec4f) {
  if (pixel >= sizes.B * rows * columns) { return; }
  let at = place(pixel, rows, columns);
  let first = ((at.x * sizes.H + at.y * sizes.SH + phase.x) * sizes.W + at.z * sizes.SW + phase.y) * sizes.I;
  for (var j = 0u; j < 4u; j++) {
    if (i + j >= sizes.I) { return; }
    var shift = 0.0;
    if (ADD_BIAS) { shift = bias[i + j]; }
    dx[first + i + j] = activate(sizes.kind, sum[j] + shift, sizes.slope);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let across = (sizes.I + 31u) / 32u;
  let down = (sizes.B * ((sizes.H + sizes.SH - 1u) / sizes.SH) * ((sizes.W + sizes.SW - 1u) / sizes.SW) + 31u) / 32u;
  let tile = flat_group(group, groups);
  let z = tile / (across * down);
  let phase = vec2u(z / sizes.SW, z % sizes.SW);
  if ((z >= sizes.SH * sizes.SW) | (phase.x >= sizes.H) | (phase.y >= sizes.W)) { return; }
  let rows = (sizes.H + sizes.SH - 1u - phase.x) / sizes.SH;
  let columns = (sizes.W + sizes.SW - 1u - phase.y) / sizes.SW;
  let pixel0 = tile / across % down * 32u;
  if (pixel0 >= sizes.B * rows * columns) { return; }
  let d0 = index % 16u;
  let r0 = index / 16u;
  let p0 = place(pixel0 + 0u + r0, rows, columns);
  let p1 = place(pixel0 + 4u + r0, rows, columns);
  let p2 = place(pixel0 + 8u + r0, rows, columns);
  let p3 = place(pixel0 + 12u + r0, rows, columns);
  let p4 = place(pixel0 + 16u + r0, rows, columns);
  let p5 = place(pixel0 + 20u + r0, rows, columns);
  let p6 = place(pixel0 + 24u + r0, rows, columns);
  let p7 = place(pixel0 + 28u + r0, rows, columns);
  let i0 = tile % across * 32u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  for (var ky = 0u; ky < sizes.KH; ky++) {
    let below = i32(phase.x + sizes.top) - i32(ky * sizes.DH);
    if (below % i32(sizes.SH) != 0) { continue; }
    for (var kx = 0u; kx < sizes.KW; kx++) {
      let beside = i32(phase.y + sizes.left) - i32(kx * sizes.DW);
      if (beside % i32(sizes.SW) != 0) { continue; }
      let step = vec2u(vec2i(below / i32(sizes.SH), beside / i32(sizes.SW)));
      let tap = ky * sizes.KW + kx;
      let s0 = source(p0, step); let s1 = source(p1, step);
      let s2 = source(p2, step); let s3 = source(p3, step);
      let s4 = source(p4, step); let s5 = source(p5, step);
      let s6 = source(p6, step); let s7 = source(p7, step);
      for (var k0 = 0u; k0 < sizes.O; k0 += 16u) {
        let o = k0 + d0;
        workgroupBarrier();
        left[36u * d0 + 0u + r0] = fetch_dy(s0, o);
        left[36u * d0 + 4u + r0] = fetch_dy(s1, o);
        left[36u * d0 + 8u + r0] = fetch_dy(s2, o);
        left[36u * d0 + 12u + r0] = fetch_dy(s3, o);
        left[36u * d0 + 16u + r0] = fetch_dy(s4, o);
        left[36u * d0 + 20u + r0] = fetch_dy(s5, o);
        left[36u * d0 + 24u + r0] = fetch_dy(s6, o);
        left[36u * d0 + 28u + r0] = fetch_dy(s7, o);
        for (var j = r0; j < 32u; j += 4u) { right[36u * d0 + j] = fetch_w(tap, i0 + j, o); }
        workgroupBarrier();
        for (var d = 0u; d < 16u; d++) {
          let a = 36u * d + 4u * (index / 8u);
          let at = 36u * d + 4u * (index % 8u);
          let b = vec4f(right[at], right[at + 1u], right[at + 2u], right[at + 3u]);
          c0 = fma(vec4f(left[a]), b, c0);
          c1 = fma(vec4f(left[a + 1u]), b, c1);
          c2 = fma(vec4f(left[a + 2u]), b, c2);
          c3 = fma(vec4f(left[a + 3u]), b, c3);
        }
      }
    }
  }
  let p = pixel0 + 4u * (index / 8u);
  let i = i0 + 4u * (index % 8u);
  store(p, rows, columns, phase, i, c0);
  store(p + 1u, rows, columns, phase, i, c1);
  store(p + 2u, rows, columns, phase, i, c2);
  store(p + 3u, rows, columns, phase, i, c3);
}
