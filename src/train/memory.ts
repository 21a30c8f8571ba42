import { buffersOf } from "../gpu/program.js";
import { snapshotBytes } from "../gpu/snapshot.js";
import { Staging } from "../gpu/staging.js";
import type { Plan } from "../graph/plan.js";

/** What training takes on the GPU, in bytes, known before anything is made. */
export interface MemoryReport {
  /** By what it is for: weights, gradients, moments, statistics, activations, inputs (the data), outputs, uniforms, monitor (of NaN and health), snapshot (what a NaN is traced back from), read-back. */
  readonly roles: Readonly<Record<string, number>>;
  /** All of it together: as many bytes as the buffers that are then made. */
  readonly peak: number;
  /** The largest window that one dispatch binds. */
  readonly largestBinding: { readonly tensor: string; readonly bytes: number };
  /** The five largest tensors; activations share memory, so that they may add up to more than their role. */
  readonly largestTensors: readonly { readonly tensor: string; readonly bytes: number }[];
}

/** The buffers that arenas are. */
export const arenaNames = (arenas: readonly string[]): string[] => arenas.map((name) => `${name} arena`);

/** Adds up a training plan, the monitor's beside it, and the buffers by which losses, findings and the arenas that a
 * checkpoint keeps are read back. */
export function memoryReport(plan: Plan, monitor: Plan, keptArenas: readonly string[]): MemoryReport {
  const roles: Record<string, number> = {};
  const add = (role: string, bytes: number): void => {
    roles[role] = (roles[role] ?? 0) + bytes;
  };
  for (const { role, bytes } of buffersOf(plan)) add(role, bytes);
  for (const { bytes } of buffersOf(monitor, [plan])) add("monitor", bytes);
  add("snapshot", snapshotBytes(plan, arenaNames(keptArenas)));
  add("read-back", readBackBytes(plan, monitor, keptArenas));
  const tensors = [...plan.places].map(([tensor, place]) => ({ tensor, ...place }));
  return {
    roles,
    peak: Object.values(roles).reduce((n, bytes) => n + bytes, 0),
    largestBinding: plan.largestBinding,
    largestTensors: tensors
      .filter(
        (a, i) => tensors.findIndex((b) => b.buffer === a.buffer && b.offset === a.offset && b.bytes === a.bytes) === i,
      )
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, 5)
      .map(({ tensor, bytes }) => ({ tensor, bytes })),
  };
}

/** Read-back buffers are kept for the next read: the loss ring's, of which two submits are in flight, the monitor's, and
 * those of a checkpoint. */
function readBackBytes(plan: Plan, monitor: Plan, keptArenas: readonly string[]): number {
  let bytes = 0;
  const staging = new Staging(
    (size) => {
      bytes += size;
      return { size } as GPUBuffer;
    },
    ({ size }) => {
      bytes -= size;
    },
  );
  const sizeOf = ({ buffers }: Plan, name: string): number => buffers.find((b) => b.name === name)?.bytes ?? 0;
  const read = (size: number): void => staging.give(staging.take(size));
  const inFlight = [1, 2].map(() => staging.take(sizeOf(plan, "ring")));
  for (const buffer of inFlight) staging.give(buffer);
  for (const name of ["monitor.found", "monitor.norm", "monitor.latent"]) {
    const place = monitor.places.get(name);
    if (place) read(place.bytes);
  }
  for (const arena of keptArenas) read(sizeOf(plan, `${arena} arena`));
  return bytes;
}
