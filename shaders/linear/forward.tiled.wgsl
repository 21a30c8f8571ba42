// y[b,o] = activation(sum_i x[b,i] * w[i,o] + bias[o])          GPUs: tiles in workgroup memory, 4 x 4 in registers
// x [B,I]   w [I,O]   bias [O]   y [B,O]          f32, row-major
// grid: ceil(O/(4*WX)), ceil(B/(4*WY))            one workgroup = WX x WY threads of 4 x 4 results each
// use: lib/activation

struct Sizes { B: u32, I: u32, O: u32, kind: u32, slope: f32 }  // batch rows, input and output features; activation (lib/activation), its leak or alpha
override WX: u32 = 8u;                             // threads across: 4 columns each
override WY: u32 = 8u;                             // threads down: 4 rows each
override DEPTH: u32 = 16u;                         // reduction steps held in workgroup memory
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> left: array<f32, 4 * WY * DEPTH>;   // [DEPTH][4 WY]
var<workgroup> right: array<f32, 4 * WX * DEPTH>;  // [DEPTH][4 WX]

@compute @workgroup_size(WX, WY)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) {
  let row0 = group.y * 4u * WY;
  let column0 = group.x * 4u * WX;
  var c0 = vec4f();
  var c1 = vec4f();
  var c2 = vec4f();
  var c3 = vec4f();
  for (var k0 = 0u; k0 < sizes.I; k0 += DEPTH) {
    for (var e = index; e < 4u * WY * DEPTH; e += WX * WY) {
      let d = e % DEPTH;
      let r = e / DEPTH;
      let at = row0 + r;
      let k = k0 + d;
      let inside = (at < sizes.B) & (k < sizes.I);
      left[d * 4u * WY + r] = select(0.0, x[select(0u, at * sizes.I + k, inside)], inside);
    }
    for (var e = index; e < 4u * WX * DEPTH; e += WX * WY) {
      let c = e % (4u * WX);
      let d = e / (4u * WX);
      let at = column0 + c;
      let k = k0 + d;
      let inside = (at < sizes.O) & (k < sizes.I);
      right[e] = select(0.0, w[select(0u, k * sizes.O + at, inside)], inside);
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      let a = d * 4u * WY + 4u * local.y;
      let p = d * 4u * WX + 4u * local.x;
      let b = vec4f(right[p], right[p + 1u], right[p + 2u], right[p + 3u]);
      c0 = fma(vec4f(left[a]), b, c0);
      c1 = fma(vec4f(left[a + 1u]), b, c1);
      c2 = fma(vec4f(left[a + 2u]), b, c2);
      c3 = fma(vec4f(left[a + 3u]), b, c3);
    }
    workgroupBarrier();
  }
  let row = row0 + 4u * local.y;
  let column = column0 + 4u * local.x;
  for (var j = 0u; j < 4u; j++) {
    if (column + j >= sizes.O) { break; }
    var shift = 0.0;
    if (HAS_BIAS) { shift = bias[column + j]; }
    if (row + 0u < sizes.B) { y[(row + 0u) * sizes.O + column + j] = activate(sizes.kind, c0[j] + shift, sizes.slope); }
    if (row + 1u < sizes.B) { y[(row + 1u) * sizes.O + column + j] = activate(sizes.kind, c1[j] + shift, sizes.slope); }
    if (row + 2u < sizes.B) { y[(row + 2u) * sizes.O + column + j] = activate(sizes.kind, c2[j] + shift, sizes.slope); }
    if (row + 3u < sizes.B) { y[(row + 3u) * sizes.O + column + j] = activate(sizes.kind, c3[j] + shift, sizes.slope); }
  }
}
