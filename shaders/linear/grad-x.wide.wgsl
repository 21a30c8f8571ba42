// dx[b,i] = sum_o dy[b,o] * w[i,o]                GPUs: 8 x 8 in registers
// dy [B,O]   w [I,O]   dx [B,I]                   f32, row-major, I and O multiples of 4
// grid: ceil(I/64), ceil(B/128)                   one workgroup = 128 rows x 64 columns, a thread 8 x 8

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> left: array<vec4f, 640>;            // [128 rows][16 steps, in fours; the fifth keeps rows off each other's banks]
var<workgroup> right: array<vec4f, 320>;           // [64 columns, every fourth behind another][16 steps, in fours of five]

fn fetch_dy(b: u32, k: u32) -> vec4f {
  let inside = (b < sizes.B) & (k < sizes.O);
  return select(vec4f(), dy[select(0u, (b * sizes.O + k) / 4u, inside)], inside);
}

fn fetch_w(i: u32, k: u32) -> vec4f {
  let inside = (i < sizes.I) & (k < sizes.O);
  return select(vec4f(), w[select(0u, (i * sizes.O + k) / 4u, inside)], inside);
}

fn store(b: u32, n: u32, c: vec4f, d: vec4f) {
  let columns = sizes.I / 4u;
  if (b >= sizes.B) { return; }
  if (n < columns) { dx[b * columns + n] = c; }
  if (n + 8u < columns) { dx[b * columns + n + 8u] = d; }
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let tx = index % 8u;
  let ty = index / 8u;
  let r = group.y * 128u + index / 4u;
  let i = group.x * 64u + index / 4u;
  let step = 4u * (index % 4u);
  let slot = index / 4u * 5u + index % 4u;
  let turned = (index / 4u % 4u * 16u + index / 16u) * 5u + index % 4u;
  let row = 5u * ty;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var d0 = vec4f(); var d1 = vec4f(); var d2 = vec4f(); var d3 = vec4f();
  var d4 = vec4f(); var d5 = vec4f(); var d6 = vec4f(); var d7 = vec4f();
  for (var k0 = 0u; k0 < sizes.O; k0 += 16u) {
    let l0 = fetch_dy(r, k0 + step); let l1 = fetch_dy(r + 32u, k0 + step);
    let l2 = fetch_dy(r + 64u, k0 + step); let l3 = fetch_dy(r + 96u, k0 + step);
    let r0 = fetch_w(i, k0 + step); let r1 = fetch_w(i + 32u, k0 + step);
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
