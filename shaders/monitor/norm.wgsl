// norm = sqrt(sum dw^2)
// partials [2,256]   norm [1]                     f32; partials as clip-norm/partials leaves them; norm saturates
// grid: 1                                         one workgroup, a fixed order; a NaN makes the norm NaN

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> norm: array<f32>;

var<workgroup> sums: array<vec2f, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  sums[lane] = vec2f(partials[lane], partials[256u + lane]);
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  // Where there are large elements, all is reckoned in units of 2^90: neither the squares nor the norm can overflow.
  let unit = select(1.0, 0x1p-90, sums[0].y > 0.0);
  let length = sqrt(sums[0].x * unit * unit + sums[0].y);
  if (lane == 0u) { norm[0] = select(length / unit, 3.4028234e38, length > 3.4028234e38 * unit); }
}
