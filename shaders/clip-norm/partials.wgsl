// partials = sums of squares of dw, a pair a workgroup: of elements up to 2^45, and of larger ones times 2^-90
// dw [N]   partials [2,256]                       f32; all elements up to 2^45 first, then all larger ones
// grid: 256                                       every workgroup walks the arena in strides of 65,536
// use: lib/grid

struct Sizes { N: u32, maxNorm: f32 }              // elements; largest norm that is left as it is

@group(0) @binding(0) var<storage, read> dw: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> sums: array<vec2f, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  var sum = vec2f();
  // Rounds are counted, as an index stepped past the end might wrap around.
  let rounds = sizes.N / 65536u + select(0u, 1u, (sizes.N & 65535u) > 0u);
  for (var r = 0u; r < rounds; r++) {
    let i = r * 65536u + at * 256u + lane;
    if (i < sizes.N) {
      let g = dw[i];
      let large = abs(g) > 0x1p45;
      let scaled = g * select(1.0, 0x1p-90, large);
      sum += select(vec2f(scaled * scaled, 0.0), vec2f(0.0, scaled * scaled), large);
    }
  }
  sums[lane] = sum;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) {
    partials[at] = sums[0].x;
    partials[256u + at] = sums[0].y;
  }
}
