// dx[b,i] = sum_o dy[b,o] * w[i,o]                GPUs: tiles in workgroup memory, 4 x 4 in registers
// dy [B,O]   w [I,O]   dx [B,I]                   f32, row-major
// grid: ceil(I/(4*WX)), ceil(B/(4*WY))            one workgroup = WX x WY threads of 4 x 4 results each

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override WX: u32 = 8u;                             // threads across: 4 columns each
override WY: u32 = 8u;                             // threads down: 4 rows each
override DEPTH: u32 = 16u;                         // reduction steps held in workgroup memory

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

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
  for (var k0 = 0u; k0 < sizes.O; k0 += DEPTH) {
    for (var e = index; e < 4u * WY * DEPTH; e += WX * WY) {
      let d = e % DEPTH;
      let r = e / DEPTH;
      let at = row0 + r;
      let k = k0 + d;
      let inside = (at < sizes.B) & (k < sizes.O);
      left[d * 4u * WY + r] = select(0.0, dy[select(0u, at * sizes.O + k, inside)], inside);
    }
    for (var e = index; e < 4u * WX * DEPTH; e += WX * WY) {
      let d = e % DEPTH;
      let c = e / DEPTH;
      let at = column0 + c;
      let k = k0 + d;
      let inside = (at < sizes.I) & (k < sizes.O);
      right[d * 4u * WX + c] = select(0.0, w[select(0u, at * sizes.O + k, inside)], inside);
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
    if (column + j >= sizes.I) { break; }
    if (row + 0u < sizes.B) { dx[(row + 0u) * sizes.I + column + j] = c0[j]; }
    if (row + 1u < sizes.B) { dx[(row + 1u) * sizes.I + column + j] = c1[j]; }
    if (row + 2u < sizes.B) { dx[(row + 2u) * sizes.I + column + j] = c2[j]; }
    if (row + 3u < sizes.B) { dx[(row + 3u) * sizes.I + column + j] = c3[j]; }
  }
}
