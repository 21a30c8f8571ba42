// partials[slice,ky,kx,i,o] = sum_{b,p of the slice,q} x[b, p*SH + ky*DH - top, q*SW + kx*DW - left, i] * dy[b,p,q,o]
// x [B,H,W,I]   dy [B,P,Q,O]   partials [slices,KH,KW,I,O]        f32, row-major, one group
// grid: slices*ceil(O/32)*ceil(KH*KW*I/32)        one workgroup = 32 rows (ky,kx,i) x 32 columns of a slice, a thread 4 x 4
// use: lib/grid
// GPUs: tiles in workgroup memory. grad-w-sum adds the slices up.

struct Sizes {
  B: u32, H: u32, W: u32, I: u32,                  // images; rows, columns and channels of x
  P: u32, Q: u32, O: u32,                          // rows, columns and channels of y
  KH: u32, KW: u32, SH: u32, SW: u32,              // kernel, stride
  top: u32, left: u32, DH: u32, DW: u32,           // zeros above and left of x, dilation
  G: u32, slices: u32, part: u32,                 // groups: 1 here; slices, and rows of y in each
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> left: array<f32, 576>;              // [16 steps][32 rows, of 36: other banks for every step]
var<workgroup> right: array<f32, 576>;             // [16 steps][32 columns, of 36]
var<workgroup> origins: array<vec3u, 16>;          // of the 16 pixels

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

fn fetch_x(pixel: u32, end: u32, corner: vec3u, tap: vec3u) -> f32 {
  let inside = (corner.x + tap.x < sizes.H) & (corner.y + tap.y < sizes.W) & (pixel < end);
  return select(0.0, x[select(0u, corner.z + tap.z, inside)], inside);
}

fn fetch_dy(pixel: u32, end: u32, o: u32) -> f32 {
  let inside = (pixel < end) & (o < sizes.O);
  return select(0.0, dy[select(0u, pixel * sizes.O + o, inside)], inside);
}

fn store(slice: u32, row: u32, o: u32, sum: vec4f) {
  let rows = sizes.KH * sizes.KW * sizes.I;
  if (row >= rows) { return; }
  for (var j = 0u; j < 4u; j++) {
    if (o + j < sizes.O) { partials[(slice * rows + row) * sizes.O + o + j] = sum[j]; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let across = (sizes.O + 31u) / 32u;
  let down = (sizes.KH * sizes.KW * sizes.I + 31u) / 32u;
  let tile = flat_group(group, groups);
  let slice = tile / (across * down);
  if (slice >= sizes.slices) { return; }
  let row0 = tile / across % down * 32u;
  let begin = slice * sizes.part * sizes.Q;
  let end = min((slice + 1u) * sizes.part, sizes.B * sizes.P) * sizes.Q;
  let lane = index % 32u;
  let tap = tap_of(row0 + lane);
  let column = tile % across * 32u + lane;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  for (var k0 = begin; k0 < end; k0 += 16u) {
    // Read behind the barrier that follows; the last readers are behind the one before the products.
    if (index < 16u) { origins[index] = origin(k0 + index); }
    workgroupBarrier();
    for (var j = index / 32u; j < 16u; j += 2u) {
      left[36u * j + lane] = fetch_x(k0 + j, end, origins[j], tap);
      right[36u * j + lane] = fetch_dy(k0 + j, end, column);
    }
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
  let m = row0 + 4u * (index / 8u);
  let o = tile % across * 32u + 4u * (index % 8u);
  store(slice, m, o, c0);
  store(slice, m + 1u, o, c1);
  store(slice, m + 2u, o, c2);
  store(slice, m + 3u, o, c3);
}
