import { DeviceLostError, DisposedError, GpuError, InputError } from "../errors.js";
import { type AdapterReport, descriptorFor, type Limits, limitsOf, optionalFeatures, reportOf } from "./adapter.js";
import { type Counters, noCounts } from "./counters.js";
import type { Kernel } from "./kernel.js";
import { Pipelines, shaderError } from "./pipelines.js";
import { acquire, quietly } from "./platform/node.js";
import { type Profile, profileOf } from "./profile.js";
import { Staging } from "./staging.js";

export interface DeviceOptions {
  /** "default", "software", "swiftshader", "null" or a part of an adapter's name; LATENTGPU_ADAPTER where left out. */
  readonly adapter?: string;
  /** Limits which optional features are asked for: subgroups, timestamp-query, shader-f16. All where left out. */
  readonly features?: readonly string[];
}

export interface DeviceDescription {
  readonly adapter: AdapterReport;
  readonly features: readonly string[];
  readonly limits: Limits;
  readonly profile: Profile;
}

/** Adapter and device must outlive every promise of theirs: a collected one dies without a word, or takes the process along. */
const alive = new Map<Device, GPUAdapter>();

/** Bytes that a buffer of `size` takes. */
export const bufferBytes = (size: number): number => Math.max(4, Math.ceil(size / 4) * 4);

/** Destroyed memory comes back with a submit only; so much may wait for the end of the running job. */
const destroyedLimit = 64 * 2 ** 20;

/** An acquired GPU: buffers, pipelines, submits, read-back. Every call throws DisposedError after dispose() and
 * DeviceLostError after a loss; what the driver refuses is thrown as GpuError by the call or by the next await. */
export class Device {
  /** @internal */
  readonly handle: GPUDevice;
  readonly adapter: AdapterReport;
  readonly features: ReadonlySet<string>;
  readonly limits: Limits;
  readonly profile: Profile;
  readonly counters: Counters = noCounts();
  readonly memory = { liveBytes: 0, liveBuffers: 0 };
  /** Settles when the GPU is lost; never where it is disposed of first. */
  readonly loss: Promise<DeviceLostError>;
  private readonly pipelines: Pipelines;
  private readonly staging: Staging;
  private readonly live = new Set<GPUBuffer>();
  private readonly pending = new Set<(error: Error) => void>();
  private refused: string | undefined;
  private lost: DeviceLostError | undefined;
  private tellLoss: (error: DeviceLostError) => void = () => undefined;
  private ending: Promise<void> | undefined;
  private destroyedBytes = 0;

  /** Opens the best adapter, or the one named.
   * @throws NoAdapterError, InputError for an unknown name, GpuError where the driver gives no device */
  static async open(options: DeviceOptions = {}): Promise<Device> {
    const acquired = await acquire(options.adapter);
    const report = reportOf(acquired);
    let handle: GPUDevice;
    try {
      const descriptor = descriptorFor(acquired.adapter, options.features ?? optionalFeatures);
      handle = await acquired.adapter.requestDevice(descriptor);
    } catch (error) {
      throw new GpuError(`${report.name} gave no device: ${(error as Error).message}`);
    }
    try {
      const device = new Device(handle, report);
      alive.set(device, acquired.adapter);
      return device;
    } catch (error) {
      handle.destroy();
      throw error;
    }
  }

  private constructor(handle: GPUDevice, adapter: AdapterReport) {
    this.handle = handle;
    this.adapter = adapter;
    this.loss = new Promise((tell) => {
      this.tellLoss = tell;
    });
    this.features = new Set(optionalFeatures.filter((f) => handle.features.has(f)));
    this.limits = limitsOf(handle);
    this.profile = profileOf(adapter, this.features);
    handle.addEventListener("uncapturederror", this.onRefused);
    void handle.lost.then(({ reason, message }) => this.lose(`${reason}: ${message.split("\n")[0]}`));
    this.pipelines = new Pipelines(handle, (kernel, code) => {
      const message = this.takeRefused();
      if (message !== undefined) throw shaderError(kernel, code, message);
    });
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    this.staging = new Staging(
      (size) => this.createBuffer({ label: "read back", size, usage }),
      (buffer) => this.destroyBuffer(buffer),
    );
  }

  /** Throws what is wrong with the device, if anything: disposed, lost, or an error of the driver not yet told. */
  check(): void {
    if (this.ending) throw new DisposedError("The device");
    if (this.lost) throw this.lost;
    const message = this.takeRefused();
    if (message !== undefined) throw new GpuError(message);
  }

  /** What `latentgpu info` shows, as plain data. */
  describe(): DeviceDescription {
    return { adapter: this.adapter, features: [...this.features], limits: this.limits, profile: this.profile };
  }

  /** Size in bytes, rounded up to a multiple of 4. The contents are zero. @internal */
  createBuffer({ label, size, usage }: { label: string; size: number; usage: number }): GPUBuffer {
    this.check();
    const bytes = bufferBytes(size);
    if (!(bytes <= this.limits.maxBufferSize)) {
      throw new InputError(
        `Buffer "${label}" needs ${bytes} bytes and ${this.adapter.name} allows ${this.limits.maxBufferSize}. Take a smaller batch or model.`,
      );
    }
    const buffer = this.handle.createBuffer({ label, size: bytes, usage });
    this.check();
    this.live.add(buffer);
    this.counters.buffers++;
    this.memory.liveBuffers++;
    this.memory.liveBytes += bytes;
    return buffer;
  }

  /** Frees a buffer; harmless twice, and after a loss or dispose(). @internal */
  destroyBuffer(buffer: GPUBuffer): void {
    if (!this.live.delete(buffer)) return;
    this.memory.liveBuffers--;
    this.memory.liveBytes -= buffer.size;
    buffer.destroy();
    if (this.destroyedBytes === 0) queueMicrotask(() => this.flushDestroyed());
    this.destroyedBytes += buffer.size;
    if (this.destroyedBytes >= destroyedLimit) this.flushDestroyed();
  }

  private flushDestroyed(): void {
    if (this.destroyedBytes > 0 && !this.lost && !this.ending) this.handle.queue.submit([]);
    this.destroyedBytes = 0;
  }

  /** The layout of a kernel's group 0. @internal */
  bindGroupLayout(kernel: Kernel): GPUBindGroupLayout {
    this.check();
    return this.pipelines.layout(kernel);
  }

  /** The layout of group 1: the step uniform at a dynamic offset. @internal */
  get stepLayout(): GPUBindGroupLayout {
    return this.pipelines.stepLayout;
  }

  /** @internal */
  bindGroup(label: string, layout: GPUBindGroupLayout, entries: readonly GPUBindGroupEntry[]): GPUBindGroup {
    this.check();
    const group = this.handle.createBindGroup({ label, layout, entries: [...entries] });
    this.counters.bindGroups++;
    this.check();
    return group;
  }

  /** A kernel's pipeline, made once for its code, overrides and constants. `constants` replaces the right-hand side of
   * top-level const and alias lines. @throws GpuError with file, line and column; InputError for an unknown name. @internal */
  pipeline(
    kernel: Kernel,
    overrides: Readonly<Record<string, number | boolean>> = {},
    constants: Readonly<Record<string, string>> = {},
  ): GPUComputePipeline {
    this.check();
    const { pipeline, fresh } = this.pipelines.get(kernel, overrides, constants);
    if (fresh) this.counters.pipelines++;
    return pipeline;
  }

  /** @internal */
  submit(commands: readonly GPUCommandBuffer[]): void {
    this.check();
    this.handle.queue.submit([...commands]);
    this.counters.submits++;
    this.destroyedBytes = 0;
    this.check();
  }

  /** Offset and length in bytes, multiples of 4. @internal */
  write(buffer: GPUBuffer, offset: number, data: ArrayBuffer | ArrayBufferView): void {
    this.check();
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    this.handle.queue.writeBuffer(buffer, offset, view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
    this.counters.writes++;
    this.check();
  }

  /** Bytes [offset, offset + bytes) as they are after all that was submitted before; offset a multiple of 4. @internal */
  async read(buffer: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    this.check();
    const copied = Math.max(4, Math.ceil(bytes / 4) * 4);
    const staging = this.staging.take(copied);
    try {
      const encoder = this.handle.createCommandEncoder({ label: "read back" });
      encoder.copyBufferToBuffer(buffer, offset, staging, 0, copied);
      this.counters.copies++;
      this.submit([encoder.finish()]);
      await this.settle(staging.mapAsync(GPUMapMode.READ, 0, copied), `reading "${buffer.label}"`);
      this.check();
      const result = staging.getMappedRange(0, copied).slice(0, bytes);
      staging.unmap();
      this.staging.give(staging);
      return result;
    } catch (error) {
      this.destroyBuffer(staging);
      throw error;
    }
  }

  /** Waits until all that was submitted is done. */
  async idle(): Promise<void> {
    this.check();
    await this.settle(this.handle.queue.onSubmittedWorkDone(), "waiting for the queue");
    // A loss reports itself behind the promises of the queue.
    await new Promise((next) => setTimeout(next, 0));
    this.check();
  }

  /** Waits for the queue, `limitMs` at most, then gives everything back. Callable again; never throws, never hangs. */
  dispose(limitMs = 10_000): Promise<void> {
    this.ending ??= this.end(limitMs);
    return this.ending;
  }

  private async end(limitMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((done) => {
      timer = setTimeout(() => done("late"), limitMs);
    });
    const done = this.lost ? undefined : this.handle.queue.onSubmittedWorkDone().catch(() => undefined);
    const outcome = await quietly(Promise.race([done, late]), this.adapter.software);
    clearTimeout(timer);
    this.rejectPending(new DisposedError("The device"));
    // destroy() blocks for ever behind a shader that does not end: such a device stays referenced and is left alone.
    if (outcome === "late") return;
    this.staging.clear();
    for (const buffer of this.live) this.destroyBuffer(buffer);
    this.handle.destroy();
    // The listener would keep the device, and through it everything else, from ever being collected.
    this.handle.removeEventListener("uncapturederror", this.onRefused);
    alive.delete(this);
  }

  private readonly onRefused = (event: Event): void => {
    event.preventDefault(); // Dawn would print it on standard output
    this.refused ??= (event as GPUUncapturedErrorEvent).error.message;
  };

  private takeRefused(): string | undefined {
    const message = this.refused;
    this.refused = undefined;
    return message;
  }

  private lose(reason: string): void {
    if (this.ending || this.lost) return;
    this.lost = new DeviceLostError(reason);
    this.rejectPending(this.lost);
    this.tellLoss(this.lost);
  }

  private rejectPending(error: Error): void {
    for (const reject of this.pending) reject(error);
    this.pending.clear();
  }

  /** A promise of the driver that a loss or dispose() settles too, waited for without burning a core. */
  private settle<T>(work: Promise<T>, doing: string): Promise<T> {
    const settled = new Promise<T>((resolve, reject) => {
      this.pending.add(reject);
      work.then(
        (value) => {
          this.pending.delete(reject);
          resolve(value);
        },
        // The driver rejects before it reports the loss that made it reject.
        (error) =>
          setTimeout(() => {
            this.pending.delete(reject);
            reject(
              new GpuError(`The driver failed while ${doing}: ${(error as Error).message || "it gave no reason"}`),
            );
          }, 50),
      );
    });
    return quietly(settled, this.adapter.software);
  }
}
