// How many places of a window of `size` that starts at `start` of the padded picture count: those inside of the picture and, with
// COUNT_PAD, its padding; never those that rounding up put beyond. At least 1.
fn window_extent(start: u32, size: u32, before: u32, length: u32, after: u32) -> u32 {
  let first = select(before, 0u, COUNT_PAD);
  let last = before + length + select(0u, after, COUNT_PAD);
  let low = max(start, first);
  return max(1u, max(min(start + size, last), low) - low);
}
