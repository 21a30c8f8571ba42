// Sum and largest value over the 64 lanes of a workgroup, the same for every lane and in a fixed order. Sums saturate.
// Two steps of eight: barriers are dear on software adapters.
// use: lib/math
var<workgroup> lane_values: array<f32, 64>;
var<workgroup> eighth_values: array<f32, 8>;

fn sum_lanes(value: f32, lane: u32) -> f32 {
  lane_values[lane] = value;
  workgroupBarrier();
  if (lane < 8u) {
    var sum = lane_values[lane * 8u];
    for (var i = 1u; i < 8u; i++) { sum = finite(sum + lane_values[lane * 8u + i]); }
    eighth_values[lane] = sum;
  }
  workgroupBarrier();
  var sum = eighth_values[0];
  for (var i = 1u; i < 8u; i++) { sum = finite(sum + eighth_values[i]); }
  return sum;
}

fn max_lanes(value: f32, lane: u32) -> f32 {
  lane_values[lane] = value;
  workgroupBarrier();
  if (lane < 8u) {
    var largest = lane_values[lane * 8u];
    for (var i = 1u; i < 8u; i++) { largest = max(largest, lane_values[lane * 8u + i]); }
    eighth_values[lane] = largest;
  }
  workgroupBarrier();
  var largest = eighth_values[0];
  for (var i = 1u; i < 8u; i++) { largest = max(largest, eighth_values[i]); }
  return largest;
}
