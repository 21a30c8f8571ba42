// dw[i,o] = sum_b x[b,i] * dy[b,o]     dbias[o] = sum_b dy[b,o]     GPUs: tiles in workgroup memory, 4 x 4 in registers
// x [B,I]   dy [B,O]   dw [I,O]   dbias [O]       f32, row-major
// grid: ceil(O/(4*WX)), ceil(I/(4*WY))            one workgroup = WX x WY threads of 4 x 4 results each

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override WX: u32 = 8u;                             // threads across: 4 columns each
override WY: u32 = 8u;                             // threads down: 4 rows each
override DEPTH: u32 = 16u;                         // reduction steps held in workgroup memory
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
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
  var bias = vec4f();
  for (var k0 = 0u; k0 < sizes.B; k0 += DEPTH) {
    for (var e = index; e < 4u * WY * DEPTH; e += WX * WY) {
      let r = e % (4u * WY);
      let d = e / (4u * WY);
      let at = row0 + r;
      let k = k0 + d;
      let inside = (at < sizes.I) & (k < sizes.B);
      left[e] = select(0.0, x[select(0u, k * sizes.I + at, inside)], inside);
    }
    for (var e = index; e < 4u * WX * DEPTH; e += WX * WY) {
      let c = e % (4u * WX);
      let d = e / (4u * WX);
      let at = column0 + c;
      let k = k0 + d;
      let inside = (at < sizes.O) & (k < sizes.B);
      right[e] = select(0.0, dy[select(0u, k * sizes.O + at, inside)], inside);
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
      bias += b;
    }
    workgroupBarrier();
  }
  let row = row0 + 4u * local.y;
  let column = column0 + 4u * local.x;
  for (var j = 0u; j < 4u; j++) {
    if (column + j >= sizes.O) { break; }
    if (HAS_BIAS && group.y == 0u && local.y == 0u) { dbias[column + j] = bias[j]; }
    if (row + 0u < sizes.I) { dw[(row + 0u) * sizes.O + column + j] = c0[j]; }
    if (row + 1u < sizes.I) { dw[(row + 1u) * sizes.O + column + j] = c1[j]; }
    if (row + 2u < sizes.I) { dw[(row + 2u) * sizes.O + column + j] = c2[j]; }
    if (row + 3u < sizes.I) { dw[(row + 3u) * sizes.O + column + j] = c3[j]; }
  }
}
