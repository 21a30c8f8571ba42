import { bufferBytes, type Device } from "./device.js";
import type { DispatchList } from "./dispatch-list.js";
import type { Program } from "./program.js";

const bytesOf = (list: DispatchList, name: string): number => list.buffers.find((b) => b.name === name)?.bytes ?? 0;

/** The bytes that a snapshot of some buffers takes. */
export const snapshotBytes = (list: DispatchList, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + bufferBytes(bytesOf(list, name)), 0);

/** A copy of some of a program's named buffers that stays on the GPU. */
export class Snapshot {
  private readonly pairs: readonly { readonly own: GPUBuffer; readonly copy: GPUBuffer; readonly bytes: number }[];

  constructor(
    private readonly device: Device,
    program: Program,
    names: readonly string[],
  ) {
    this.pairs = names.map((name) => {
      const bytes = bytesOf(program.list, name);
      const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const copy = device.createBuffer({ label: `${name} as it was`, size: bytes, usage });
      return { own: program.shared(name) as GPUBuffer, copy, bytes };
    });
  }

  /** Copies the buffers as they are after all that was submitted before. */
  take(): void {
    this.copy(({ own, copy }) => [own, copy]);
  }

  /** Puts back what was taken last. */
  restore(): void {
    this.copy(({ own, copy }) => [copy, own]);
  }

  private copy(way: (pair: { own: GPUBuffer; copy: GPUBuffer }) => [from: GPUBuffer, to: GPUBuffer]): void {
    const encoder = this.device.handle.createCommandEncoder({ label: "snapshot" });
    for (const { bytes, ...pair } of this.pairs) {
      const [from, to] = way(pair);
      encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    }
    this.device.counters.copies += this.pairs.length;
    this.device.submit([encoder.finish()]);
  }

  dispose(): void {
    for (const { copy } of this.pairs) this.device.destroyBuffer(copy);
  }
}
