/** A keyed bijection of [0, n): a 4-round Feistel network on the next even number of bits, walked along its cycle until it
 * lands below n. No index buffer, no sort; the twin of shaders/lib/permute.wgsl. */
function mix(value: number, key: number): number {
  let h = Math.imul((value ^ key) >>> 0, 0x85ebca6b) >>> 0;
  h = (h ^ (h >>> 13)) >>> 0;
  h = Math.imul(h, 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** Half the width of the network for n elements: the smallest h with 4^h >= n. */
export function permutationHalfBits(n: number): number {
  let half = 1;
  while (4 ** half < n) half++;
  return half;
}

/** Where element i of epoch `epoch` lies. i in [0, n), n at most 2^30. */
export function permute(i: number, n: number, seed: number, epoch: number): number {
  const half = permutationHalfBits(n);
  const mask = 2 ** half - 1;
  const key = mix(mix(seed >>> 0, Math.floor(seed / 0x100000000) >>> 0), epoch >>> 0);
  let at = i;
  do {
    let left = at >>> half;
    let right = at & mask;
    for (let round = 0; round < 4; round++) {
      const next = (left ^ (mix(right, (key + Math.imul(round + 1, 0x9e3779b9)) >>> 0) & mask)) >>> 0;
      left = right;
      right = next;
    }
    at = ((left << half) | right) >>> 0;
  } while (at >= n);
  return at;
}
