import type { Counters } from "../gpu/counters.js";
import type { Device } from "../gpu/device.js";

/** A reference workload, ready to run. */
export interface Prepared {
  /** One whole step: upload, work, and a result read back to the host (a loss or any number). */
  step(i: number): Promise<number>;
  /** Submits steps [from, from + count) in one submit and reads nothing back. */
  submit?(from: number, count: number): void;
  dispose(): void;
}

export interface Workload {
  readonly name: string;
  /** What it is, with shapes. */
  readonly what: string;
  /** Floating-point operations of a step. */
  readonly flops: number;
  /** For GPUs: software adapters run it only where it is named. */
  readonly heavy?: boolean;
  prepare(device: Device): Prepared;
}

export interface BenchOptions {
  /** Steps that are timed. Default 10. */
  readonly n?: number;
  /** Steps before, not timed. Default 3. */
  readonly warm?: number;
  /** Stop timing after so many seconds (at least 3 steps). Default 60. */
  readonly budgetSeconds?: number;
}

/** Processor and memory readings of the host; a page has none. */
export interface HostMeter {
  /** CPU time of all threads so far, ms: a software driver's work is in it. */
  cpuMs(): number;
  maxRssMb(): number;
}

export type BenchResult = Readonly<Record<string, unknown>>;

const PIPELINED_STEPS = 10;
const round = (v: number, digits = 2): number => Number(v.toFixed(digits));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Times a workload: each step alone with its result read back, then ten steps a submit with nothing read back until the end.
 * Times in ms; `calls_per_step` counts what a step asks of WebGPU. */
export async function measure(
  device: Device,
  workload: Workload,
  meter: HostMeter,
  options: BenchOptions = {},
): Promise<BenchResult> {
  const { n = 10, warm = 3, budgetSeconds = 60 } = options;
  const began = performance.now();
  const prepared = workload.prepare(device);
  const results: number[] = [];
  let firstStep = 0;
  for (let i = 0; i < warm; i++) {
    results.push(await prepared.step(i));
    if (i === 0) firstStep = performance.now();
  }
  const before = { ...device.counters };
  const ms: number[] = [];
  const cpu: number[] = [];
  const start = performance.now();
  for (let i = 0; i < n; i++) {
    const [t, c] = [performance.now(), meter.cpuMs()];
    results.push(await prepared.step(warm + i));
    ms.push(performance.now() - t);
    cpu.push(meter.cpuMs() - c);
    if (ms.length >= 3 && performance.now() - start > 1000 * budgetSeconds) break;
  }
  const calls = callsPerStep(before, device.counters, ms.length);
  const pipelined = prepared.submit
    ? await pipeline(device, prepared, meter, warm + ms.length, median(ms), budgetSeconds)
    : {};
  prepared.dispose();
  return {
    peer: "latentgpu",
    backend: device.adapter.origin === "null" ? "null" : "webgpu",
    adapter: device.adapter.name,
    workload: workload.name,
    ms_median: round(median(ms)),
    ms_min: round(Math.min(...ms)),
    cpu_ms_median: round(median(cpu)),
    cpu_ms_min: round(Math.min(...cpu), 3),
    n: ms.length,
    gflops_best: round(workload.flops / Math.min(...ms) / 1e6, 3),
    loss_first: round(results[0], 3),
    loss_last: round(results[results.length - 1], 3),
    calls_per_step: calls,
    ...pipelined,
    ms_first_step: round(firstStep - began, 0),
    ms_process_start_to_first_step: round(firstStep, 0),
    pipelines: device.counters.pipelines,
    max_rss_mb: meter.maxRssMb(),
  };
}

async function pipeline(
  device: Device,
  prepared: Prepared,
  meter: HostMeter,
  from: number,
  msPerStep: number,
  budgetSeconds: number,
): Promise<BenchResult> {
  const fitting = Math.floor((1000 * budgetSeconds) / 3 / msPerStep / PIPELINED_STEPS);
  const submits = Math.max(1, Math.min(20, fitting));
  const run = (first: number): void => prepared.submit?.(first, PIPELINED_STEPS);
  run(from);
  await device.idle();
  const before = { ...device.counters };
  const [t, c] = [performance.now(), meter.cpuMs()];
  for (let s = 1; s <= submits; s++) run(from + s * PIPELINED_STEPS);
  await device.idle();
  const steps = submits * PIPELINED_STEPS;
  return {
    ms_pipelined: round((performance.now() - t) / steps, 3),
    cpu_ms_pipelined: round((meter.cpuMs() - c) / steps, 4),
    calls_per_step_pipelined: callsPerStep(before, device.counters, steps),
  };
}

function callsPerStep(before: Counters, after: Counters, steps: number): Record<string, number> {
  return Object.fromEntries(
    (Object.keys(after) as (keyof Counters)[]).map((key) => [key, round((after[key] - before[key]) / steps)]),
  );
}
