// codes[b, step.pixel] = k with probability p[k] ~ exp(x[b,p,k] / step.temperature) among the step.top_k largest and, of these,
// x [B,P,K] logits of step.pixel alone (P = 1) or of a whole map   codes [B,N], in place        f32, codes u32, row-major
// grid: B                                         one workgroup a map
// use: lib/grid, lib/math, lib/philox, lib/reduce, lib/step
// the fewest that hold a share step.top_p; equals at an edge stay together. One uniform number, by seed, pixel and map, is held
// against the running sum of p. K, which is no code, where the logits are not finite.

struct Sizes { B: u32, P: u32, N: u32, K: u32, stream: u32 }  // maps, pixels of x and of a map, codes, stream of src/random/philox.ts

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> codes: array<u32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

// A number in the order of the floats.
fn key_of(v: f32) -> u32 {
  let bits = select(bitcast<u32>(v), 0u, v == 0.0);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

// exp((v - peak) / temperature) of a logit that is not below `least`; exactly 0 where it is negligible.
fn weight(v: f32, peak: f32, least: u32) -> f32 {
  let d = (v - peak) / max(step.temperature, 1e-20);
  return select(keep_nan(safe_exp(d), v), 0.0, (d < -80.0) | (key_of(v) < least));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let b = flat_group(group, groups);
  if (b >= sizes.B) { return; }
  let first = (b * sizes.P + step.pixel % sizes.P) * sizes.K;
  var largest = -3.4028234e38;
  for (var k = lane; k < sizes.K; k += 64u) { largest = max(largest, x[first + k]); }
  let peak = max_lanes(largest, lane);

  // The edges by bisection, bit by bit: the highest key that still leaves enough.
  var least = 0u;
  if ((step.top_k > 0u) & (step.top_k < sizes.K)) {
    for (var bit = 0u; bit < 32u; bit++) {
      let higher = least | (0x80000000u >> bit);
      var count = 0.0;
      for (var k = lane; k < sizes.K; k += 64u) { count += select(0.0, 1.0, key_of(x[first + k]) >= higher); }
      least = select(least, higher, sum_lanes(count, lane) >= f32(step.top_k));
    }
  }
  if (step.top_p < 1.0) {
    var all = 0.0;
    for (var k = lane; k < sizes.K; k += 64u) { all += weight(x[first + k], peak, least); }
    let enough = step.top_p * sum_lanes(all, lane);
    var edge = 0u;
    for (var bit = 0u; bit < 32u; bit++) {
      let higher = edge | (0x80000000u >> bit);
      var share = 0.0;
      for (var k = lane; k < sizes.K; k += 64u) { share += weight(x[first + k], peak, max(higher, least)); }
      edge = select(edge, higher, sum_lanes(share, lane) >= enough);
    }
    least = max(least, edge);
  }

  // A lane has a run of neighbours, so that sums run in the order of the codes.
  let run = (sizes.K + 63u) / 64u;
  let end = min(lane * run + run, sizes.K);
  var own = 0.0;
  for (var k = lane * run; k < end; k++) { own += weight(x[first + k], peak, least); }
  lane_values[lane] = own;
  workgroupBarrier();
  var low = 0.0;
  var total = 0.0;
  for (var i = 0u; i < 64u; i++) {
    low = select(low, total, i == lane);
    total += lane_values[i];
  }
  let at = b * sizes.N + step.pixel;
  // By bits: compilers may take a comparison that only a NaN fails for granted.
  let bad = max(bitcast<u32>(total), bitcast<u32>(abs(peak))) >= 0x7f800000u;
  if (bad | (total == 0.0)) {
    if (lane == 0u) { codes[at] = sizes.K; }
    return;
  }
  let target_sum = uniform_at(vec2u(step.seed_low, step.seed_high), sizes.stream, step.pixel, step.cursor + b) * total;
  if ((target_sum < low) | (target_sum >= low + own)) { return; }
  var chosen = 0u;
  var done = false;
  var sum = low;
  for (var k = lane * run; k < end; k++) {
    let p = weight(x[first + k], peak, least);
    sum += p;
    // Rounding may leave the target above the last sum: then the last code that can be drawn.
    chosen = select(chosen, k, (p > 0.0) & !done);
    done = done | ((p > 0.0) & (target_sum < sum));
  }
  codes[at] = chosen;
}
