// norm = sqrt(sum dw^2)   dw *= min(1, maxNorm / (norm + 1e-6))
// partials [2,256]   dw [N]   norm [1]            f32; partials as clip-norm/partials leaves them; norm saturates
// grid: ceil(N/256)                               one thread an element; every workgroup adds up the partials in one order
// use: lib/grid
// A NaN makes the norm NaN and leaves dw alone, so that it can still be found where it arose.

struct Sizes { N: u32, maxNorm: f32 }              // elements; largest norm that is left as it is

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> norm: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> sums: array<vec2f, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = flat_group(group, groups);
  let i = at * 256u + lane;
  sums[lane] = vec2f(partials[lane], partials[256u + lane]);
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  let total = sums[0];
  // Where there are large elements, all is reckoned in units of 2^90: neither the squares nor the norm can overflow.
  let large = total.y > 0.0;
  let unit = select(1.0, 0x1p-90, large);
  let length = sqrt(total.x * unit * unit + total.y);
  if (at == 0u && lane == 0u) {
    norm[0] = select(length / unit, 3.4028234e38, length > 3.4028234e38 * unit);
  }
  let factor = sizes.maxNorm / (length + 1e-6 * unit);
  if (i < sizes.N && factor * unit < 1.0) {
    dw[i] = dw[i] * unit * factor;
  }
}
