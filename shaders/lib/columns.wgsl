// Sum down each of COLUMNS (1, 4 or 16) columns that the 64 lanes of a workgroup stand in, the same for every lane of a column and
// in a fixed order. Sums saturate. Four to one in each round: barriers are dear on software adapters.
// use: lib/math
var<workgroup> column_values: array<f32, 64>;

fn sum_columns(value: f32, lane: u32) -> f32 {
  workgroupBarrier();  // an earlier sum may still be read
  column_values[lane] = value;
  workgroupBarrier();
  for (var quarter = 16u; quarter >= COLUMNS; quarter /= 4u) {
    if (lane < quarter) {
      column_values[lane] = finite(finite(column_values[lane] + column_values[lane + quarter]) +
        finite(column_values[lane + 2u * quarter] + column_values[lane + 3u * quarter]));
    }
    workgroupBarrier();
  }
  return column_values[lane % COLUMNS];
}
