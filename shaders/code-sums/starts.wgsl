// starts[k] = rows of all codes before k,   offsets[s,k] = rows of code k in the stretches before s
// histogram u32 [S,K]   offsets u32 [S,K]   starts u32 [K+1]      row-major
// grid: 1                                         one workgroup: K is at most some thousands

struct Sizes { K: u32, S: u32 }                    // codes, stretches

@group(0) @binding(0) var<storage, read> histogram: array<u32>;
@group(0) @binding(1) var<storage, read_write> offsets: array<u32>;
@group(0) @binding(2) var<storage, read_write> starts: array<u32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> sums: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  for (var k = lane; k < sizes.K; k += 256u) {
    var sum = 0u;
    for (var s = 0u; s < sizes.S; s++) {
      offsets[s * sizes.K + k] = sum;
      sum += histogram[s * sizes.K + k];
    }
    starts[k + 1u] = sum;
  }
  storageBarrier();
  // Each lane adds up a run of neighbours.
  let length = (sizes.K + 255u) / 256u;
  let first = min(lane * length, sizes.K);
  let end = min(first + length, sizes.K);
  var own = 0u;
  for (var k = first; k < end; k++) { own += starts[k + 1u]; }
  sums[lane] = own;
  workgroupBarrier();
  var sum = 0u;
  for (var j = 0u; j < 256u; j++) { sum += select(0u, sums[j], j < lane); }
  for (var k = first; k < end; k++) {
    sum += starts[k + 1u];
    starts[k + 1u] = sum;
  }
  if (lane == 0u) { starts[0] = 0u; }
}
