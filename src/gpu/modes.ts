import type { Device } from "./device.js";
import type { DispatchList, Window } from "./dispatch-list.js";
import type { Program, StepValues } from "./program.js";

/** What one dispatch costs. */
export interface ProfileRow {
  readonly label: string;
  readonly kernel: string;
  /** Mean over the profiled steps. */
  readonly ms: number;
  /** Of the step's sum. */
  readonly share: number;
}

export interface ProfileReport {
  /** `timestamps` of the GPU's own clock, a pass a dispatch; where it has none, `wall`: a submit a dispatch, waiting counted in. */
  readonly clock: "timestamps" | "wall";
  readonly steps: number;
  /** In the order of the plan. */
  readonly rows: readonly ProfileRow[];
}

/** The first dispatch that the driver refused, or that left a NaN or an infinity behind. */
export interface Fault {
  readonly dispatch: number;
  readonly label: string;
  readonly kernel: string;
  /** What the driver said. */
  readonly error?: string;
  readonly tensor?: string;
  readonly index?: number;
  readonly value?: number;
}

const MAX_QUERIES = 4096;

/** Runs the steps of a program, for real, and tells the milliseconds of each dispatch: by the GPU's clock, or by the wall's. */
export async function profile(program: Program, steps: readonly StepValues[]): Promise<ProfileReport> {
  const { device, lines } = program;
  const stamped = device.features.has("timestamp-query") && 2 * lines.length <= MAX_QUERIES;
  const sums = new Float64Array(lines.length);
  const clock = stamped ? new Stamps(device, lines.length) : undefined;
  try {
    for (const step of steps) {
      const spent = clock ? await clock.run(program, step) : await byWall(program, step);
      for (const [i, ms] of spent.entries()) sums[i] += ms;
    }
  } finally {
    clock?.dispose();
  }
  const whole = sums.reduce((a, b) => a + b, 0);
  const rows = program.list.dispatches.map(({ label, kernel }, i) => ({
    label,
    kernel: kernel.name,
    ms: sums[i] / Math.max(1, steps.length),
    share: whole === 0 ? 0 : sums[i] / whole,
  }));
  return { clock: clock ? "timestamps" : "wall", steps: steps.length, rows };
}

/** A profile as a page, dearest first. */
export function profileTable({ rows, clock, steps }: ProfileReport): string {
  const sorted = [...rows].sort((a, b) => b.ms - a.ms);
  const width = (of: (row: ProfileRow) => string): number => Math.max(...rows.map((row) => of(row).length), 0);
  const [labels, kernels] = [width((r) => r.label), width((r) => r.kernel)];
  const total = rows.reduce((sum, row) => sum + row.ms, 0);
  const lines = sorted.map(
    ({ label, kernel, ms, share }) =>
      `${label.padEnd(labels)}  ${kernel.padEnd(kernels)}  ${ms.toFixed(3).padStart(9)} ms  ${(100 * share).toFixed(1).padStart(5)} %`,
  );
  return [...lines, `${total.toFixed(3)} ms a step, mean of ${steps} (${clock})`].join("\n");
}

class Stamps {
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;

  constructor(
    private readonly device: Device,
    private readonly lines: number,
  ) {
    this.queries = device.handle.createQuerySet({ type: "timestamp", count: 2 * lines });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    this.resolved = device.createBuffer({ label: "timestamps", size: 16 * lines, usage });
  }

  /** One step; ms by dispatch. */
  async run(program: Program, step: StepValues): Promise<number[]> {
    const encoder = program.begin([step]);
    for (let i = 0; i < this.lines; i++) {
      const timestampWrites = {
        querySet: this.queries,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      };
      const pass = encoder.beginComputePass({ timestampWrites });
      program.encode(pass, 0, i, i + 1);
      pass.end();
    }
    encoder.resolveQuerySet(this.queries, 0, 2 * this.lines, this.resolved, 0);
    count(this.device, this.lines);
    this.device.submit([encoder.finish()]);
    const stamps = new BigInt64Array(await this.device.read(this.resolved, 0, 16 * this.lines));
    return Array.from({ length: this.lines }, (_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]) / 1e6);
  }

  dispose(): void {
    this.queries.destroy();
    this.device.destroyBuffer(this.resolved);
  }
}

async function byWall(program: Program, step: StepValues): Promise<number[]> {
  const spent: number[] = [];
  for (let i = 0; i < program.lines.length; i++) {
    await program.device.idle();
    const start = performance.now();
    runOne(program, step, i);
    await program.device.idle();
    spent.push(performance.now() - start);
  }
  return spent;
}

/** Submits one dispatch of a step by itself. */
export function runOne(program: Program, step: StepValues, i: number): void {
  const encoder = program.begin([step]);
  const pass = encoder.beginComputePass();
  program.encode(pass, 0, i, i + 1);
  pass.end();
  count(program.device, 1);
  program.device.submit([encoder.finish()]);
}

function count({ counters }: Device, passes: number): void {
  counters.passes += passes;
  counters.dispatches += passes;
}

/** Runs one step of a program, for real, each dispatch in a submit and an error scope of its own, and names the first that the driver
 * refuses or that leaves a NaN or an infinity, with tensor and index. Many times slower than `run`. */
export async function debug(program: Program, step: StepValues): Promise<Fault | undefined> {
  const { device, list } = program;
  for (const [dispatch, { label, kernel, windows }] of list.dispatches.entries()) {
    const at = { dispatch, label, kernel: kernel.name };
    device.handle.pushErrorScope("validation");
    let said: Promise<GPUError | null>;
    try {
      runOne(program, step, dispatch);
    } finally {
      said = device.handle.popErrorScope();
    }
    const refused = await said;
    if (refused) return { ...at, error: refused.message };
    for (const [w, window] of windows.entries()) {
      if (kernel.bindings[w].access !== "read_write") continue;
      const found = await notFinite(program, window);
      if (found) return { ...at, ...found };
    }
  }
  return undefined;
}

async function notFinite(
  program: Program,
  window: Window,
): Promise<Pick<Fault, "tensor" | "index" | "value"> | undefined> {
  const place = program.list.places.get(window.tensor);
  if (place?.dtype !== "f32") return undefined;
  const length = place.shape.reduce((n, d) => n * d, 1);
  const bytes = await program.device.read(program.buffer(window.buffer), window.offset, 4 * length);
  const values = new Float32Array(bytes);
  const index = values.findIndex((v) => !Number.isFinite(v));
  if (index < 0) return undefined;
  return { ...locate(program.list, window, index), value: values[index] };
}

/** An element of a window by the smallest tensor of the plan that holds it: a weight rather than its arena. */
function locate(list: DispatchList, window: Window, index: number): { tensor: string; index: number } {
  const byte = window.offset + 4 * index;
  const holds = [...list.places].filter(
    ([, p]) =>
      p.buffer === window.buffer && p.offset <= byte && byte < p.offset + 4 * p.shape.reduce((n, d) => n * d, 1),
  );
  const bufferIsShared = list.buffers[window.buffer].shareable;
  const own = list.places.get(window.tensor);
  // A slot's other tenants lived at other times.
  if (!bufferIsShared || !own) return { tensor: window.tensor, index };
  const [name, place] = holds.reduce((best, p) => (p[1].bytes < best[1].bytes ? p : best), [window.tensor, own]);
  return { tensor: name, index: (byte - place.offset) / 4 };
}
