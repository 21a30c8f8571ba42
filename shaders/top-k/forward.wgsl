// y[b,j] = kept x[b,j],   kept[b,j] = 1 where x[b,j] is one of the k largest of its row, of equal ones those of lowest j
// x [B,J]   kept [B,J]   y [B,J]                  f32, kept u32, row-major
// grid: B                                         one workgroup a row
// use: lib/grid
// Radix selection: four bits a round from the highest on, the k-th largest number's bits are settled.

struct Sizes { B: u32, J: u32, K: u32 }            // batch rows, units, units that are kept

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> kept: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> counts: array<atomic<u32>, 16>;

// Whole numbers in the order of the floats; both zeros are one, a NaN is above all.
fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let size = bits & 0x7fffffffu;
  let ordered = select(size | 0x80000000u, ~bits, bits > 0x80000000u);
  return select(ordered, 0xffffffffu, size > 0x7f800000u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  let first = b * sizes.J;
  var threshold = 0u;    // the k-th largest key, as far as its bits are settled
  var settled = 0u;      // which these are
  var wanted = sizes.K;  // of those with these bits, how many are kept
  for (var round = 0u; round < 8u; round++) {
    let shift = 28u - 4u * round;
    if (lane < 16u) { atomicStore(&counts[lane], 0u); }
    workgroupBarrier();
    for (var j = lane; j < sizes.J; j += 64u) {
      let key = key_of(x[first + j]);
      if (((key ^ threshold) & settled) == 0u) {
        atomicAdd(&counts[(key >> shift) & 15u], 1u);
      }
    }
    workgroupBarrier();
    var digit = 0u;
    var above = 0u;
    var found = false;
    for (var d = 0u; d < 16u; d++) {
      let count = atomicLoad(&counts[15u - d]);
      let here = !found & (above + count >= wanted);
      digit = select(digit, 15u - d, here);
      found = found | here;
      above = select(above + count, above, found);
    }
    threshold |= digit << shift;
    settled |= 15u << shift;
    wanted -= above;
    workgroupBarrier();
  }
  for (var j = lane; j < sizes.J; j += 64u) {
    let value = x[first + j];
    let key = key_of(value);
    var keep = key > threshold;
    if (key == threshold) {
      var before = 0u;
      for (var i = 0u; i < sizes.J; i++) {
        before += select(0u, 1u, (i < j) & (key_of(x[first + i]) == threshold));
      }
      keep = before < wanted;
    }
    kept[first + j] = select(0u, 1u, keep);
    y[first + j] = select(0.0, value, keep);
  }
}
