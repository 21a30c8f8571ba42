// dw[i,o] = sum_b x[b,i] * dy[b,o]     dbias[o] = sum_b dy[b,o]     GPUs: 8 x 8 in registers
// x [B,I]   dy [B,O]   dw [I,O]   dbias [O]       f32, row-major, I and O multiples of 4
// grid: ceil(O/64), ceil(I/128)                   one workgroup = 128 rows x 64 columns, a thread 8 x 8

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dbias: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> left: array<vec4f, 512>;            // [16 steps][128 rows, in fours]
var<workgroup> right: array<vec4f, 256>;           // [16 steps][64 columns, in fours]

fn fetch_x(b: u32, m: u32) -> vec4f {
  let inside = (b < sizes.B) & (m < sizes.I / 4u);
  return select(vec4f(), x[select(0u, b * (sizes.I / 4u) + m, inside)], inside);
}

fn fetch_dy(b: u32, n: u32) -> vec4f {
  let inside = (b < sizes.B) & (n < sizes.O / 4u);
  return select(vec4f(), dy[select(0u, b * (sizes.O / 4u) + n, inside)], inside);
}

fn store(i: u32, n: u32, c: vec4f, d: vec4f) {
  let columns = sizes.O / 4u;
  if (i >= sizes.I) { return; }
  if (n < columns) { dw[i * columns + n] = c; }
  if (n + 8u < columns) { dw[i * columns + n + 8u] = d; }
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let tx = index % 8u;
  let ty = index / 8u;
  let quad = group.y * 32u + index % 32u;
  let column = group.x * 16u + index % 16u;
  let adds = HAS_BIAS & (group.y == 0u) & (ty == 0u);
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var d0 = vec4f(); var d1 = vec4f(); var d2 = vec4f(); var d3 = vec4f();
  var d4 = vec4f(); var d5 = vec4f(); var d6 = vec4f(); var d7 = vec4f();
  var sum = vec4f(); var sum8 = vec4f();
  for (var k0 = 0u; k0 < sizes.B; k0 += 16u) {
    let k = k0 + index / 32u;
    let l0 = fetch_x(k, quad); let l1 = fetch_x(k + 4u, quad); let l2 = fetch_x(k + 8u, quad); let l3 = fetch_x(k + 12u, quad);
    let r0 = fetch_dy(k0 + index / 16u, column); let r1 = fetch_dy(k0 + 8u + index / 16u, column);
    workgroupBarrier();
    left[index] = l0;
    left[index + 128u] = l1;
    left[index + 256u] = l2;
    left[index + 384u] = l3;
    right[index] = r0;
    right[index + 128u] = r1;
    workgroupBarrier();
    for (var d = 0u; d < 16u; d++) {
      let a = left[32u * d + ty]; let b = left[32u * d + 16u + ty];
      let p = right[16u * d + tx]; let q = right[16u * d + 8u + tx];
      c0 = fma(vec4f(a.x), p, c0); d0 = fma(vec4f(a.x), q, d0);
      c1 = fma(vec4f(a.y), p, c1); d1 = fma(vec4f(a.y), q, d1);
      c2 = fma(vec4f(a.z), p, c2); d2 = fma(vec4f(a.z), q, d2);
      c3 = fma(vec4f(a.w), p, c3); d3 = fma(vec4f(a.w), q, d3);
      c4 = fma(vec4f(b.x), p, c4); d4 = fma(vec4f(b.x), q, d4);
      c5 = fma(vec4f(b.y), p, c5); d5 = fma(vec4f(b.y), q, d5);
      c6 = fma(vec4f(b.z), p, c6); d6 = fma(vec4f(b.z), q, d6);
      c7 = fma(vec4f(b.w), p, c7); d7 = fma(vec4f(b.w), q, d7);
      if (adds) { sum += p; sum8 += q; }
    }
  }
  let m = group.y * 128u + 4u * ty;
  let n = group.x * 16u + tx;
  if (adds & (n < sizes.O / 4u)) { dbias[n] = sum; }
  if (adds & (n + 8u < sizes.O / 4u)) { dbias[n + 8u] = sum8; }
  store(m, n, c0, d0);
  store(m + 1u, n, c1, d1);
  store(m + 2u, n, c2, d2);
  store(m + 3u, n, c3, d3);
  store(m + 64u, n, c4, d4);
  store(m + 65u, n, c5, d5);
  store(m + 66u, n, c6, d6);
  store(m + 67u, n, c7, d7);
}
