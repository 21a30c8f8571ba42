// cell = f c + i g     h = o tanh(cell)           i, f, o = sigmoid and g = tanh of the fourths of x + u, in the order i f g o
// x, u [B,4H]   c, h, cell [B,H]                  f32, row-major
// grid: ceil(B*H/256)                             one thread a unit of a row
// use: lib/grid, lib/lstm, lib/math

struct Sizes { B: u32, H: u32 }                    // rows, units

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read_write> h: array<f32>;
@group(0) @binding(4) var<storage, read_write> cell: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = flat_group(group, groups) * 256u + lane;
  let H = sizes.H;
  if (i >= sizes.B * H) { return; }
  let at = i / H * 4u * H + i % H;
  let gates = lstm_gates(vec4f(
    x[at] + u[at],
    x[at + H] + u[at + H],
    x[at + 2u * H] + u[at + 2u * H],
    x[at + 3u * H] + u[at + 3u * H],
  ));
  let kept = finite(gates.f * c[i] + gates.i * gates.g);
  cell[i] = kept;
  h[i] = gates.o * safe_tanh(kept);
}
