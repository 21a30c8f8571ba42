// y[b,o] = activation(sum_i x[b,i] * w[i,o] + bias[o])
// x [B,I]   w [I,O]   bias [O]   y [B,O]          f32, row-major
// grid: ceil(O/TILE), ceil(B/TILE)                one workgroup = one TILE x TILE block of y
// use: lib/activation

struct Sizes { B: u32, I: u32, O: u32, kind: u32, slope: f32 }  // batch rows, input and output features; activation (lib/activation), its leak or alpha
override TILE: u32 = 16u;                            // tile edge
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let o = id.x;
  let b = id.y;
  if (o >= sizes.O || b >= sizes.B) { return; }
  var sum = 0.0;
  for (var i = 0u; i < sizes.I; i++) {
    sum += x[b * sizes.I + i] * w[i * sizes.O + o];
  }
  if (HAS_BIAS) { sum += bias[o]; }
  y[b * sizes.O + o] = activate(sizes.kind, sum, sizes.slope);
}
