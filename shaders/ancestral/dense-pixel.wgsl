// y[b,v,o] = sum_i x[b,i] * w[i,o] + bias[o] + addend[b,v,o]     v = step.pixel mod V: its column, or 0 where V is 1
// x [B,I]   w [I,O]   bias [O]   addend [B,V,O]   y [B,V,O], in place     f32, row-major
// grid: ceil(B*O/64)                              one thread a channel of a map's pixel
// use: lib/grid, lib/step
// Summed in the order in which linear and add do: the same bits.

struct Sizes { B: u32, I: u32, O: u32, V: u32 }    // maps, channels of x and y, columns of y: the map's or 1
override HAS_ADDEND: bool = true;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> addend: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = flat_group(group, groups) * 64u + lane;
  if (n >= sizes.B * sizes.O) { return; }
  let b = n / sizes.O;
  let o = n % sizes.O;
  let at = (b * sizes.V + step.pixel % sizes.V) * sizes.O + o;
  var sum = 0.0;
  for (var i = 0u; i < sizes.I; i++) { sum = fma(x[b * sizes.I + i], w[i * sizes.O + o], sum); }
  sum += bias[o];
  if (HAS_ADDEND) { sum += addend[at]; }
  y[at] = sum;
}
