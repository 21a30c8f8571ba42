// loss = sum_k weight_k mean_k,   mean_k = sum over the first R rows of term_k / R,   R = min(step.rows, B)
// term0..term3 [B]   ring [LINES,8]   loss [1]    f32; line step.slot of ring = loss, mean_0..mean_3, R, 0, 0
// grid: 1                                         one workgroup
// use: lib/math, lib/reduce, lib/step

struct Sizes { B: u32, LINES: u32 }                // batch rows, lines of the ring
override TERMS: u32 = 4u;                          // terms there are

@group(0) @binding(0) var<storage, read> term0: array<f32>;
@group(0) @binding(1) var<storage, read> term1: array<f32>;
@group(0) @binding(2) var<storage, read> term2: array<f32>;
@group(0) @binding(3) var<storage, read> term3: array<f32>;
@group(0) @binding(4) var<storage, read_write> ring: array<f32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

fn term(k: u32, b: u32) -> f32 {
  switch k {
    case 0u: { return term0[b]; }
    case 1u: { return term1[b]; }
    case 2u: { return term2[b]; }
    default: { return term3[b]; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let weights = array<f32, 4>(step.weight0, step.weight1, step.weight2, step.weight3);
  let rows = min(step.rows, sizes.B);
  let count = f32(max(rows, 1u));
  let line = (step.slot % sizes.LINES) * 8u;
  var total = 0.0;
  for (var k = 0u; k < 4u; k++) {
    var sum = 0.0;
    if (k < TERMS) {
      for (var b = lane; b < rows; b += 64u) { sum = finite(sum + term(k, b)); }
    }
    let mean = sum_lanes(sum, lane) / count;
    total = finite(total + weights[k] * mean);
    if (lane == 0u) { ring[line + 1u + k] = mean; }
  }
  if (lane == 0u) {
    ring[line] = total;
    ring[line + 5u] = f32(rows);
    ring[line + 6u] = 0.0;
    ring[line + 7u] = 0.0;
    loss[0] = total;
  }
}
