// partials[slice,ky,kx,i,o] = sum_{b,p of the slice,q} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * dy[b,p,q,o]
// x [B,H,W,I]   dy [B,P,Q,O]   partials [slices,KH,KW,I,O]        f32, row-major, I and O multiples of 4, one group
// grid: slices*ceil(O/64)*ceil(KH*KW*I/128)        one workgroup = 128 rows (ky,kx,i) x 64 columns of a slice, a thread 8 x 8
// use: lib/grid
// GPUs: tiles in workgroup memory. grad-w-sum adds the slices up.

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

var<workgroup> left: array<vec4f, 512>;            // [16 pixels][128 rows, in fours]
var<workgroup> right: array<vec4f, 256>;           // [16 pixels][64 columns, in fours]

// Row and column of a tap against the first one, and the element that its channel lies on; they wrap above and left of x.
fn tap_of(row: u32) -> vec3u {
  let at = min(row, sizes.KH * sizes.KW * sizes.I - 1u);
  let down = at / (sizes.I * sizes.KW) * sizes.DH - sizes.top;
  let beside = at / sizes.I % sizes.KW * sizes.DW - sizes.left;
  return vec3u(down, beside, (down * sizes.W + beside) * sizes.I + at % sizes.I);
}

// Row and column of x under the first tap of a pixel of y, padding aside, and the element there.
fn origin(pixel: u32) -> vec3u {
  let line = pixel / sizes.Q;
  let row = line % sizes.P * sizes.SH;
  let column = pixel % sizes.Q * sizes.SW;
  return vec3u(row, column, ((line / sizes.P * sizes.H + row) * sizes.W + column) * sizes.I);
}

fn fetch_x(pixel: u32, end: u32, tap: vec3u) -> vec4f {
  let corner = origin(pixel);
  let inside = (corner.x + tap.x < sizes.H) & (corner.y + tap.y < sizes.W) & (pixel < end);
  return select(vec4f(), x[select(0u, (corner.z + tap.z) / 4u, inside)], inside);
}

fn fetch_dy(pixel: u32, end: u32, n: u32) -> vec4f {
  let inside = (pixel < end) & (n < sizes.O / 4u);
  return select(vec4f(), dy[select(0u, pixel * (sizes.O / 4u) + n, inside)], inside);
}

fn store(slice: u32, row: u32, n: u32, c: vec4f, d: vec4f) {
  let rows = sizes.KH * sizes.KW * sizes.I;
  let columns = sizes.O / 4u;
  if (row >= rows) { return; }
  let first = (slice * rows + row) * columns;
  if (n < columns) { partials[first + n] = c; }
  if (n + 8u < columns) { partials[first + n + 8u] = d; }
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let across = (sizes.O + 63u) / 64u;
  let down = (sizes.KH * sizes.KW * sizes.I + 127u) / 128u;
  let tile = flat_group(group, groups);
  let slice = tile / (across * down);
  if (slice >= sizes.slices) { return; }
  let row0 = tile / across % down * 128u;
  let begin = slice * sizes.part * sizes.Q;
  let end = min((slice + 1u) * sizes.part, sizes.B * sizes.P) * sizes.Q;
  let tx = index % 8u;
  let ty = index / 8u;
  let tap = tap_of(row0 + 4u * (index % 32u));
  let column = tile % across * 16u + index % 16u;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var d0 = vec4f(); var d1 = vec4f(); var d2 = vec4f(); var d3 = vec4f();
  var d4 = vec4f(); var d5 = vec4f(); var d6 = vec4f(); var d7 = vec4f();
  for (var k0 = begin; k0 < end; k0 += 16u) {
    let k = k0 + index / 32u;
    let l0 = fetch_x(k, end, tap); let l1 = fetch_x(k + 4u, end, tap);
    let l2 = fetch_x(k + 8u, end, tap); let l3 = fetch_x(k + 12u, end, tap);
    let r0 = fetch_dy(k0 + index / 16u, end, column); let r1 = fetch_dy(k0 + 8u + index / 16u, end, column);
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
    }
  }
  let m = row0 + 4u * ty;
  let n = tile % across * 16u + tx;
  store(slice, m, n, c0, d0);
  store(slice, m + 1u, n, c1, d1);
  store(slice, m + 2u, n, c2, d2);
  store(slice, m + 3u, n, c3, d3);
  store(slice, m + 64u, n, c4, d4);
  store(slice, m + 65u, n, c5, d5);
  store(slice, m + 66u, n, c6, d6);
  store(slice, m + 67u, n, c7, d7);
}
