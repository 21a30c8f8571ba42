import type { Device } from "../gpu/device.js";
import { convTranspose2d } from "../ops/conv-transpose2d.js";
import { conv2d } from "../ops/conv2d.js";
import type { Choice, Op } from "../ops/op.js";
import { Dispatched } from "./dispatch.js";
import { jobOf } from "./kernels.js";
import type { HostMeter } from "./measure.js";
import type { Reference } from "./references.js";

const ROUNDS = 7;

/** What the kernels of a convolution and of its transpose take, times conv2d's forward kernel for the same operations; the
 * second pass of the weight gradient is counted in. Taken in turns and the best of each, so that what else the machine does
 * tells little: by the processors' time where the adapter is software, else by the wall. */
export async function againstForward(
  device: Device,
  meter: HostMeter,
  reference: Reference,
): Promise<readonly (readonly [string, number])[]> {
  const now = device.profile.software ? () => meter.cpuMs() : () => performance.now();
  const parts: readonly (readonly [string, Op, readonly Choice[]])[] = [
    ["conv2d forward", conv2d, conv2d.forward],
    ["conv2d grad-x", conv2d, conv2d.backward.slice(0, 1)],
    ["conv2d grad-w", conv2d, conv2d.backward.slice(1, 3)],
    ["conv-transpose2d forward", convTranspose2d, convTranspose2d.forward],
    ["conv-transpose2d grad-x", convTranspose2d, convTranspose2d.backward.slice(0, 1)],
    ["conv-transpose2d grad-w", convTranspose2d, convTranspose2d.backward.slice(1, 3)],
  ];
  const repeats = device.profile.software ? 1 : 20;
  const best = parts.map(() => Number.POSITIVE_INFINITY);
  const runs: (readonly Dispatched[])[] = [];
  try {
    for (const [, op, choices] of parts)
      runs.push(choices.map((choice) => new Dispatched(device, jobOf(device, op, choice, reference))));
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, passes] of runs.entries()) {
        let ms = 0;
        for (const pass of passes) ms += await pass.by(now, repeats);
        // The driver compiles in the first round.
        if (round > 0) best[i] = Math.min(best[i], ms);
      }
  } finally {
    for (const run of runs.flat()) run.dispose();
  }
  return parts.slice(1).map(([what], i) => [what, best[i + 1] / best[0]] as const);
}
