import { nearest } from "../check.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { convTranspose2d } from "../ops/conv-transpose2d.js";
import { conv2d } from "../ops/conv2d.js";
import { ops } from "../ops/index.js";
import type { Op } from "../ops/op.js";
import { againstForward } from "./against-forward.js";
import type { KernelRow } from "./kernels.js";
import { benchKernels } from "./kernels.js";
import type { HostMeter } from "./measure.js";
import { measurePeak } from "./peak.js";
import type { Reference } from "./references.js";
import { references } from "./references.js";

/** A line of the table: as data, and as text. */
export interface TableLine {
  readonly row: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const kernelled = ops.filter((op) => op.forward.length + op.backward.length > 0);

/** Every kernel of the op table, or of the ops named, against the adapter's measured peak, line by line as they are timed; then
 * what the gradients of a convolution take against its forward kernel for the same operations.
 * @throws InputError for a name that is no op's */
export async function* kernelTable(
  device: Device,
  meter: HostMeter,
  names?: readonly string[],
): AsyncGenerator<TableLine> {
  const chosen = names ? names.map(opNamed) : kernelled;
  const peak = await measurePeak(device);
  const clock = device.features.has("timestamp-query") ? "timestamps" : "wall";
  yield {
    row: { adapter: device.adapter.name, clock, peak_gflops: peak.gflops, peak_gbs: peak.gbs },
    text: `${device.adapter.name}: ${digits(peak.gflops)} GFLOP/s of multiply-adds, ${digits(peak.gbs)} GB/s of copying (${clock})`,
  };
  const all = references(device.profile.software ? 1 : 16);
  for (const op of chosen) {
    const reference = all[op.name];
    if (!reference) throw new Error(`src/bench/references.ts has no shape for ${op.name}`);
    for (const row of await benchKernels(device, op, reference, peak)) yield { row: { ...row }, text: lineOf(row) };
  }
  if (!chosen.includes(conv2d) || !chosen.includes(convTranspose2d)) return;
  for (const [what, times] of await againstForward(device, meter, all.conv2d as Reference))
    yield { row: { what, times_forward: times }, text: `${what}: ${times.toFixed(2)} times conv2d forward` };
}

function opNamed(name: string): Op {
  const found = kernelled.find((op) => op.name === name);
  if (found) return found;
  const all = kernelled.map((op) => op.name);
  throw new InputError(`There is no op "${name}"; did you mean "${nearest(name, all)}"? There are ${all.join(", ")}.`);
}

const digits = (v: number): string => (v >= 1000 || v === 0 ? v.toFixed(0) : v.toPrecision(3));
const share = (v: number): string => `${(100 * v).toFixed(0)} %`;

function lineOf({ kernel, op, ms, gflops, gbs, computeShare, memoryShare, shapes }: KernelRow): string {
  const name = kernel.startsWith(`${op}/`) ? kernel : `${kernel} (${op})`;
  const inputs = Object.entries(shapes)
    .map(([of, shape]) => `${of}[${shape}]`)
    .join(" ");
  const columns = [
    `${ms.toFixed(3).padStart(9)} ms`,
    `${digits(gflops).padStart(7)} GFLOP/s ${share(computeShare).padStart(5)}`,
    `${digits(gbs).padStart(7)} GB/s ${share(memoryShare).padStart(5)}`,
  ];
  return `${name.padEnd(42)} ${columns.join("  ")}  ${inputs}`;
}
