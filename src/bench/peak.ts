import copySource from "../../shaders/bench/copy.wgsl";
import fmaSource from "../../shaders/bench/fma.wgsl";
import type { Device } from "../gpu/device.js";
import type { Kernel } from "../gpu/kernel.js";
import { parseKernel } from "../gpu/kernel.js";
import type { Job } from "./dispatch.js";
import { Dispatched } from "./dispatch.js";

/** What an adapter reaches at most, measured: arithmetic by multiply-adds in registers, memory by a copy. */
export interface Peak {
  readonly gflops: number;
  readonly gbs: number;
}

const fma = parseKernel(fmaSource);
const copy = parseKernel(copySource);
/** Kernels that are of no op. */
export const peakKernels: readonly Kernel[] = [fma, copy];

/** A peak is the best that was ever seen: more passes than a kernel gets. */
const PASSES = 16;
/** 32 sums a thread, 4 multiply-adds each a round. */
const OPERATIONS = 32 * 4 * 2;

const job = (kernel: Kernel, N: number, sizes: Readonly<Record<string, number>> = {}): Job => ({
  kernel,
  sizes: { N, ...sizes },
  overrides: {},
  lengths: { x: N, y: N },
  types: { x: "f32", y: "f32" },
});

export const fmaJob = (N: number, rounds: number): Job => job(fma, N, { rounds, a: 0.5, b: 0.25 });
export const copyJob = (N: number): Job => job(copy, N);

/** Measures both; about a second. A copy is of 32 MiB on software adapters, 128 MiB on GPUs: beyond their caches. */
export async function measurePeak(device: Device): Promise<Peak> {
  const { software } = device.profile;
  const [threads, rounds] = software ? [4096, 512] : [2 ** 19, 512];
  const floats = software ? 2 ** 22 : 2 ** 24;
  const timed = async (work: Job): Promise<number> => {
    const run = new Dispatched(device, work);
    try {
      return await run.time(PASSES);
    } finally {
      run.dispose();
    }
  };
  const gflops = (threads * rounds * OPERATIONS) / (await timed(fmaJob(threads, rounds))) / 1e6;
  const gbs = (8 * floats) / (await timed(copyJob(floats))) / 1e6;
  return { gflops, gbs };
}
