// Tests and times kernels one job after the other, away from the page: a twin takes its time.
import { type Device, DeviceLostError, openDevice } from "latentgpu";
import { timeKernel, verifyKernels } from "latentgpu/verify";
import type { Job, LabResult, Machine, Reply, Request } from "./messages.js";

const tell = (reply: Reply): void => postMessage(reply);
const queue: Job[] = [];
let device: Device | undefined;
let busy = false;

addEventListener("message", ({ data: request }: MessageEvent<Request>) => {
  if (request.kind === "stop") queue.length = 0;
  else {
    queue.push(...request.jobs);
    if (!busy) void work();
  }
});

async function work(): Promise<void> {
  busy = true;
  try {
    const on = await opened();
    for (let job = queue.shift(); job; job = queue.shift()) await run(on, job);
    tell({ kind: "idle" });
  } catch (error) {
    queue.length = 0;
    if (error instanceof DeviceLostError) {
      // The next test asks for a new one.
      void device?.dispose();
      device = undefined;
    }
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  busy = false;
}

async function opened(): Promise<Device> {
  device ??= await openDevice();
  const clock: Machine["clock"] = device.features.has("timestamp-query") ? "timestamps" : "wall";
  tell({ kind: "machine", machine: { ...device.describe(), clock } });
  return device;
}

async function run(on: Device, job: Job): Promise<void> {
  tell({ kind: "doing", job });
  for (const result of await verifyKernels(on, job.op, job.kernel))
    tell({ kind: "result", result: { ...result, ...(await timed(on, result.op, result.kernel)) } });
}

async function timed(on: Device, op: string, kernel: string): Promise<Pick<LabResult, "time" | "untimed">> {
  try {
    return { time: await timeKernel(on, op, kernel) };
  } catch (error) {
    if (error instanceof DeviceLostError) throw error;
    return { untimed: error instanceof Error ? error.message : String(error) };
  }
}
