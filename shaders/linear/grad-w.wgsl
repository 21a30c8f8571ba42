// dw[i,o] = sum_b x[b,i] * dy[b,o]     dbias[o] = sum_b dy[b,o]
// x [B,I]   dy [B,O]   dw [I,O]   dbias [O]       f32, row-major
// grid: ceil(O/TILE), ceil(I/TILE)                one workgroup = one TILE x TILE block of dw; the first row's adds up dbias

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override TILE: u32 = 16u;                          // tile edge
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let o = id.x;
  let i = id.y;
  if (o >= sizes.O || i >= sizes.I) { return; }
  var sum = 0.0;
  var bias_sum = 0.0;
  for (var b = 0u; b < sizes.B; b++) {
    let g = dy[b * sizes.O + o];
    sum += x[b * sizes.I + i] * g;
    bias_sum += g;
  }
  dw[i * sizes.O + o] = sum;
  if (HAS_BIAS && i == 0u) { dbias[o] = bias_sum; }
}
