/** Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), the twin of shaders/lib/philox.wgsl:
 * any draw is a function of (seed, stream, step, element) alone, the same bits here and on the GPU. */

/** Who draws: each use has its own stream, so that none disturbs another. */
export const streams = {
  init: 0,
  shuffle: 1,
  corruption: 2,
  reparameterize: 3,
  dropout: 4,
  sample: 5,
  builtin: 6,
  test: 7,
  codes: 8,
  prior: 9,
  conditionedPrior: 10,
  projection: 11,
  jumps: 20,
  states: 21,
} as const;

export type Words = [number, number, number, number];

function mulHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const middle = ah * bl + ((al * bl) >>> 16);
  return (
    (ah * bh +
      Math.floor(((middle % 0x100000000) + al * bh) / 0x10000) +
      Math.floor(middle / 0x100000000) * 0x10000) >>>
    0
  );
}

/** One block: 4 counter words and 2 key words in, 4 random words out. */
export function philox(counter: Readonly<Words>, key0: number, key1: number): Words {
  let [c0, c1, c2, c3] = counter;
  let k0 = key0 >>> 0;
  let k1 = key1 >>> 0;
  for (let round = 0; round < 10; round++) {
    const hi0 = mulHigh(0xd2511f53, c0);
    const lo0 = Math.imul(0xd2511f53, c0) >>> 0;
    const hi1 = mulHigh(0xcd9e8d57, c2);
    const lo1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    c0 = (hi1 ^ c1 ^ k0) >>> 0;
    c1 = lo1;
    c2 = (hi0 ^ c3 ^ k1) >>> 0;
    c3 = lo0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A word to a float in [0, 1): its top 24 bits. */
export const toUniform = (word: number): number => (word >>> 8) / 16777216;

/** Draws at an address: element `i` of `stream` at `step`. Seeds are integers in [0, 2^53). */
export function draw(seed: number, stream: number, step: number, block: number): Words {
  return philox([block >>> 0, step >>> 0, stream >>> 0, 0], seed >>> 0, Math.floor(seed / 0x100000000) >>> 0);
}

/** Uniform in [0, 1) for one element. Four neighbours share a block. */
export function uniformAt(seed: number, stream: number, step: number, element: number): number {
  return toUniform(draw(seed, stream, step, element >>> 2)[element & 3] as number);
}

/** Standard normal for one element by Box-Muller: elements 2j and 2j+1 share a pair of words. */
export function normalAt(seed: number, stream: number, step: number, element: number): number {
  const words = draw(seed, stream, step, element >>> 2);
  const pair = element & 2;
  const radius = Math.sqrt(-2 * Math.log(1 - toUniform(words[pair] as number)));
  const angle = 2 * Math.PI * toUniform(words[pair + 1] as number);
  return radius * (element & 1 ? Math.sin(angle) : Math.cos(angle));
}

/** A sequential reader of one stream, for host code that draws in order. */
export class RandomStream {
  private next = 0;
  private block = -1;
  private words: Words = [0, 0, 0, 0];
  constructor(
    readonly seed: number,
    readonly stream: number,
    readonly step = 0,
  ) {}
  /** Uniform in [0, 1). */
  uniform(): number {
    const block = this.next >>> 2;
    if (block !== this.block) {
      this.block = block;
      this.words = draw(this.seed, this.stream, this.step, block);
    }
    return toUniform(this.words[this.next++ & 3]);
  }
  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }
  /** Standard normal. */
  normal(): number {
    if (this.next & 1) this.next++;
    return normalAt(this.seed, this.stream, this.step, this.next++);
  }
}
