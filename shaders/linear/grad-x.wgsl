// dx[b,i] = sum_o dy[b,o] * w[i,o]
// dy [B,O]   w [I,O]   dx [B,I]                   f32, row-major
// grid: ceil(I/TILE), ceil(B/TILE)                one workgroup = one TILE x TILE block of dx

struct Sizes { B: u32, I: u32, O: u32 }            // batch rows, input features, output features
override TILE: u32 = 16u;                          // tile edge

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let b = id.y;
  if (i >= sizes.I || b >= sizes.B) { return; }
  var sum = 0.0;
  for (var o = 0u; o < sizes.O; o++) {
    sum += dy[b * sizes.O + o] * w[i * sizes.O + o];
  }
  dx[b * sizes.I + i] = sum;
}
