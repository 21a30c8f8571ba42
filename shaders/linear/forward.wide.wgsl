// y[b,o] = activation(sum_i x[b,i] * w[i,o] + bias[o])          GPUs: 8 x 8 in registers
// x [B,I]   w [I,O]   bias [O]   y [B,O]          f32, row-major, I and O multiples of 4
// grid: ceil(O/64), ceil(B/128)                   one workgroup = 128 rows x 64 columns, a thread 8 x 8
// use: lib/activation

struct Sizes { B: u32, I: u32, O: u32, kind: u32, slope: f32 }  // batch rows, input and output features; activation (lib/activation), its leak or alpha
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> left: array<vec4f, 640>;            // [128 rows][16 steps, in fours; the fifth keeps rows off each other's banks]
var<workgroup> right: array<vec4f, 256>;           // [16 steps][64 columns, in fours]

fn finish(sum: vec4f, n: u32) -> vec4f {
  var v = sum;
  if (HAS_BIAS) { v += bias[n]; }
  if (sizes.kind == 0u) { return v; }
  if (sizes.kind == 1u) { return max(v, vec4f()); }
  let s = sizes.slope;
  return vec4f(activate(sizes.kind, v.x, s), activate(sizes.kind, v.y, s), activate(sizes.kind, v.z, s), activate(sizes.kind, v.w, s));
}

fn fetch_x(b: u32, k: u32) -> vec4f {
  let inside = (b < sizes.B) & (k < sizes.I);
  return select(vec4f(), x[select(0u, (b * sizes.I + k) / 4u, inside)], inside);
}

fn fetch_w(k: u32, n: u32) -> vec4f {
  let inside = (k < sizes.I) & (n < sizes.O / 4u);
  return select(vec4f(), w[select(0u, k * (sizes.O / 4u) + n, inside)], inside);
}

fn store(b: u32, n: u32, c: vec4f, d: vec4f) {
  let columns = sizes.O / 4u;
  if (b >= sizes.B) { return; }
  if (n < columns) { y[b * columns + n] = finish(c, n); }
  if (n + 8u < columns) { y[b * columns + n + 8u] = finish(d, n + 8u); }
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let tx = index % 8u;
  let ty = index / 8u;
  let r = group.y * 128u + index / 4u;
  let step = 4u * (index % 4u);
  let slot = index / 4u * 5u + index % 4u;
  let column = group.x * 16u + index % 16u;
  let row = 5u * ty;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var d0 = vec4f(); var d1 = vec4f(); var d2 = vec4f(); var d3 = vec4f();
  var d4 = vec4f(); var d5 = vec4f(); var d6 = vec4f(); var d7 = vec4f();
  for (var k0 = 0u; k0 < sizes.I; k0 += 16u) {
    let l0 = fetch_x(r, k0 + step); let l1 = fetch_x(r + 32u, k0 + step);
    let l2 = fetch_x(r + 64u, k0 + step); let l3 = fetch_x(r + 96u, k0 + step);
    let r0 = fetch_w(k0 + index / 16u, column); let r1 = fetch_w(k0 + 8u + index / 16u, column);
    workgroupBarrier();
    left[slot] = l0;
    left[slot + 160u] = l1;
    left[slot + 320u] = l2;
    left[slot + 480u] = l3;
    right[index] = r0;
    right[index + 128u] = r1;
    workgroupBarrier();
    for (var s = 0u; s < 4u; s++) {
      let at = 64u * s + tx;
      let p0 = right[at]; let q0 = right[at + 8u];
      let p1 = right[at + 16u]; let q1 = right[at + 24u];
      let p2 = right[at + 32u]; let q2 = right[at + 40u];
      let p3 = right[at + 48u]; let q3 = right[at + 56u];
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
  let b = group.y * 128u + ty;
  let n = group.x * 16u + tx;
  store(b, n, c0, d0);
  store(b + 16u, n, c1, d1);
  store(b + 32u, n, c2, d2);
  store(b + 48u, n, c3, d3);
  store(b + 64u, n, c4, d4);
  store(b + 80u, n, c5, d5);
  store(b + 96u, n, c6, d6);
  store(b + 112u, n, c7, d7);
}
