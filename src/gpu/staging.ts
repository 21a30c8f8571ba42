/** So much of them is kept at most. */
const keptBytes = 64 * 2 ** 20;

/** Read-back buffers, kept for the next read. */
export class Staging {
  private readonly free: GPUBuffer[] = [];

  constructor(
    private readonly create: (size: number) => GPUBuffer,
    private readonly destroy: (buffer: GPUBuffer) => void,
  ) {}

  /** A buffer of at least `bytes`. */
  take(bytes: number): GPUBuffer {
    // The smallest that fits, and none that is far too large: it would be missed by the read it was made for.
    let best = -1;
    this.free.forEach((buffer, i) => {
      const fits = buffer.size >= bytes && buffer.size <= Math.max(4 * bytes, 4096);
      if (fits && (best < 0 || buffer.size < (this.free[best] as GPUBuffer).size)) best = i;
    });
    if (best >= 0) return this.free.splice(best, 1)[0] as GPUBuffer;
    return this.create(Math.max(256, 2 ** Math.ceil(Math.log2(bytes))));
  }

  give(buffer: GPUBuffer): void {
    this.free.push(buffer);
    let total = this.free.reduce((sum, b) => sum + b.size, 0);
    while (total > keptBytes) {
      const oldest = this.free.shift() as GPUBuffer;
      total -= oldest.size;
      this.destroy(oldest);
    }
  }

  clear(): void {
    for (const buffer of this.free.splice(0)) this.destroy(buffer);
  }
}
