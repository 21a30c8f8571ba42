import type { Device } from "../gpu/device.js";
import { packFields } from "../gpu/dispatch-list.js";
import { gridOf, pipelineOverrides } from "../gpu/grid.js";
import type { Kernel } from "../gpu/kernel.js";
import type { Attrs, DType, Sizes } from "../ops/op.js";
import { RandomStream, streams } from "../random/philox.js";

/** A kernel with its sizes and the elements of every binding. */
export interface Job {
  readonly kernel: Kernel;
  readonly sizes: Sizes;
  readonly overrides: Attrs;
  readonly lengths: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, DType>>;
}

const ALIGN = 256;
/** A pass long enough that starting and ending it does not count. */
const PASS_MS = 30;
const PASSES = 4;
const MAX_REPEATS = 2000;

/** Values of the step uniform under which every kernel has something to do. */
const step: Readonly<Record<string, number>> = {
  seed_low: 7,
  step: 3,
  rows: 2 ** 31,
  lr: 1e-3,
  correction1: 0.1,
  correction2: 0.001,
  weight0: 1,
  weight1: 1,
  weight2: 1,
  weight3: 1,
};

export const bytesOf = ({ lengths, types }: Job): number =>
  Object.entries(lengths).reduce((n, [name, length]) => n + length * (types[name] === "u8" ? 1 : 4), 0);

/** A kernel on buffers of its own: numbers between 0.05 and 0.95, and zeros where it takes whole numbers. */
export class Dispatched {
  private readonly buffers: GPUBuffer[] = [];
  private readonly pipeline: GPUComputePipeline;
  private readonly group: GPUBindGroup;
  private readonly stepGroup: GPUBindGroup | undefined;
  private readonly grid: readonly [number, number, number];

  constructor(
    readonly device: Device,
    readonly job: Job,
  ) {
    const { kernel, sizes, lengths, types } = job;
    const overrides = pipelineOverrides(kernel, job.overrides, device.profile.subgroupSize);
    const random = new RandomStream(1, streams.test);
    const some = new Float32Array(65_536).map(() => 0.05 + 0.9 * random.uniform()); // and again: drawing takes longer than timing
    const entries: GPUBindGroupEntry[] = kernel.bindings.map(({ name, index }) => {
      const length = lengths[name] as number;
      const values = types[name] === "f32" ? new Float32Array(length).map((_, i) => some[i % some.length]) : undefined;
      const bytes = types[name] === "u8" ? length : 4 * length;
      return { binding: index, resource: { buffer: this.buffer(name, GPUBufferUsage.STORAGE, bytes, values) } };
    });
    if (kernel.sizesIndex !== undefined)
      entries.push({ binding: kernel.sizesIndex, resource: { buffer: this.uniform("sizes", kernel.sizes, sizes) } });
    this.pipeline = device.pipeline(kernel, overrides);
    this.group = device.bindGroup(kernel.name, device.bindGroupLayout(kernel), entries);
    if (kernel.step) {
      const resource = { buffer: this.uniform("step", kernel.step, step), size: ALIGN };
      this.stepGroup = device.bindGroup("step", device.stepLayout, [{ binding: 0, resource }]);
    }
    this.grid = gridOf(kernel, sizes, overrides);
  }

  /** The contents of a binding. */
  async read(name: string): Promise<Float32Array> {
    const { index } = this.job.kernel.bindings.find((b) => b.name === name) as { index: number };
    return new Float32Array(await this.device.read(this.buffers[index], 0, 4 * (this.job.lengths[name] as number)));
  }

  /** ms of one run: by the GPU's clock where it has one, else by the wall; many runs a pass, the best pass. */
  async time(passes = PASSES): Promise<number> {
    const clock = this.device.features.has("timestamp-query") ? new Clock(this.device) : undefined;
    try {
      const pass = async (repeats: number): Promise<number> =>
        (clock ? await clock.run((p) => this.encode(p, repeats)) : await this.by(() => performance.now(), repeats)) /
        repeats;
      await pass(1); // the driver compiles at the first run
      const repeats = Math.max(1, Math.min(MAX_REPEATS, Math.round(PASS_MS / Math.max(await pass(1), 1e-3))));
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < passes; i++) best = Math.min(best, await pass(repeats));
      return best;
    } finally {
      clock?.dispose();
    }
  }

  dispose(): void {
    for (const buffer of this.buffers) this.device.destroyBuffer(buffer);
  }

  private encode(pass: GPUComputePassEncoder, repeats: number): void {
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.group);
    if (this.stepGroup) pass.setBindGroup(1, this.stepGroup, [0]);
    for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(...this.grid);
  }

  /** ms of `repeats` runs by a clock of the caller's. */
  async by(now: () => number, repeats: number): Promise<number> {
    await this.device.idle();
    const start = now();
    const encoder = this.device.handle.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.encode(pass, repeats);
    pass.end();
    this.device.submit([encoder.finish()]);
    await this.device.idle();
    return now() - start;
  }

  private buffer(label: string, usage: number, size: number, values?: Float32Array): GPUBuffer {
    const all = usage | GPUBufferUsage.COPY_DST | (usage === GPUBufferUsage.STORAGE ? GPUBufferUsage.COPY_SRC : 0);
    const made = this.device.createBuffer({ label, size, usage: all });
    this.buffers.push(made);
    if (values) this.device.write(made, 0, values);
    return made;
  }

  private uniform(label: string, fields: Kernel["sizes"], values: Sizes): GPUBuffer {
    const made = this.buffer(label, GPUBufferUsage.UNIFORM, ALIGN);
    const bytes = new DataView(new ArrayBuffer(ALIGN));
    packFields(bytes, 0, fields, values);
    this.device.write(made, 0, bytes);
    return made;
  }
}

/** Times a pass by the GPU's own clock. */
class Clock {
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;

  constructor(private readonly device: Device) {
    this.queries = device.handle.createQuerySet({ type: "timestamp", count: 2 });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    this.resolved = device.createBuffer({ label: "timestamps", size: 16, usage });
  }

  async run(encode: (pass: GPUComputePassEncoder) => void): Promise<number> {
    const encoder = this.device.handle.createCommandEncoder();
    const timestampWrites = { querySet: this.queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
    const pass = encoder.beginComputePass({ timestampWrites });
    encode(pass);
    pass.end();
    encoder.resolveQuerySet(this.queries, 0, 2, this.resolved, 0);
    this.device.submit([encoder.finish()]);
    const stamps = new BigInt64Array(await this.device.read(this.resolved, 0, 16));
    return Number(stamps[1] - stamps[0]) / 1e6;
  }

  dispose(): void {
    this.queries.destroy();
    this.device.destroyBuffer(this.resolved);
  }
}
