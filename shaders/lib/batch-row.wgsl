// Which of a data set's n rows is row b of this step's batch; n where row b does not count.
// use: lib/permute, lib/step
fn batch_row(b: u32, n: u32, shuffle: bool) -> u32 {
  let at = step.cursor + b;
  if ((b >= step.rows) | (at >= n)) { return n; }
  if (!shuffle) { return at; }
  return permute(at, n, vec2u(step.seed_low, step.seed_high), step.epoch);
}
