// A keyed bijection of [0, n): a 4-round Feistel network, walked along its cycle. Twin: src/random/permutation.ts.
fn mix(value: u32, key: u32) -> u32 {
  var h = (value ^ key) * 0x85ebca6bu;
  h = (h ^ (h >> 13u)) * 0xc2b2ae35u;
  return h ^ (h >> 16u);
}

fn permute(i: u32, n: u32, seed: vec2u, epoch: u32) -> u32 {
  let half = max(1u, (33u - countLeadingZeros(n - 1u)) / 2u);
  let mask = (1u << half) - 1u;
  let key = mix(mix(seed.x, seed.y), epoch);
  var at = i;
  // A cycle comes back below n; 4^half steps is its longest way.
  for (var walk = 0u; walk <= mask * mask + 2u * mask; walk++) {
    var left = at >> half;
    var right = at & mask;
    for (var round = 0u; round < 4u; round++) {
      let next = left ^ (mix(right, key + (round + 1u) * 0x9e3779b9u) & mask);
      left = right;
      right = next;
    }
    at = (left << half) | right;
    if (at < n) { break; }
  }
  return at;
}
