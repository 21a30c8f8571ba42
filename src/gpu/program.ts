import { DisposedError, InputError } from "../errors.js";
import { bufferBytes, type Device } from "./device.js";
import type { BufferSpec, DispatchList, Place } from "./dispatch-list.js";
import { packFields } from "./dispatch-list.js";
import type { Field } from "./kernel.js";

/** Values of the step uniform's fields, by name. */
export type StepValues = Readonly<Record<string, number>>;

/** Most steps that one submit may hold. */
export const MAX_STEPS = 64;
const STEP_STRIDE = 256;

export interface Line {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: readonly [number, number, number];
  readonly step: boolean;
}

/** A dispatch list on a device: buffers, pipelines and bind groups, all made here; running it allocates nothing. */
export class Program {
  /** @internal */
  readonly lines: readonly Line[];
  private readonly buffers: GPUBuffer[];
  private readonly owned: GPUBuffer[] = [];
  private readonly sizes: GPUBuffer;
  private readonly steps: GPUBuffer;
  private readonly stepGroup: GPUBindGroup | undefined;
  private readonly stepFields: readonly Field[] | undefined;
  private readonly stepBytes = new DataView(new ArrayBuffer(MAX_STEPS * STEP_STRIDE));
  private disposed = false;

  /** Loads a list.
   * @param share programs whose named buffers (weights, data, inputs) this one uses instead of making its own */
  constructor(
    readonly device: Device,
    readonly list: DispatchList,
    share: readonly Program[] = [],
  ) {
    this.buffers = list.buffers.map((spec) => {
      const owner = share.find(({ list }) => holds(list, spec));
      if (owner) return owner.shared(spec.name) as GPUBuffer;
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const made = device.createBuffer({ label: spec.name, size: spec.bytes, usage });
      this.owned.push(made);
      return made;
    });
    const uniform = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.sizes = device.createBuffer({ label: "sizes", size: list.sizesData.byteLength, usage: uniform });
    device.write(this.sizes, 0, list.sizesData);
    this.steps = device.createBuffer({ label: "step", size: MAX_STEPS * STEP_STRIDE, usage: uniform });
    this.lines = list.dispatches.map((dispatch) => {
      const { kernel, windows, overrides, sizesOffset, grid } = dispatch;
      const entries: GPUBindGroupEntry[] = windows.map((w, binding) => ({
        binding,
        resource: { buffer: this.buffers[w.buffer] as GPUBuffer, offset: w.offset, size: w.bytes },
      }));
      if (kernel.sizesIndex !== undefined)
        entries.push({
          binding: kernel.sizesIndex,
          resource: { buffer: this.sizes, offset: sizesOffset, size: Math.ceil(kernel.sizes.length / 4) * 16 },
        });
      return {
        pipeline: device.pipeline(kernel, overrides),
        group: device.bindGroup(`${kernel.name} ${dispatch.label}`, device.bindGroupLayout(kernel), entries),
        grid,
        step: kernel.step !== undefined,
      };
    });
    this.stepFields = list.dispatches.find((d) => d.kernel.step)?.kernel.step;
    if (this.stepFields)
      this.stepGroup = device.bindGroup("step", device.stepLayout, [
        { binding: 0, resource: { buffer: this.steps, offset: 0, size: STEP_STRIDE } },
      ]);
  }

  /** Runs the list once for each entry of `steps`: one encoder, one pass, one submit. Does not wait.
   * @param behind a program that runs once behind the last step, in the same pass, with that step's values */
  run(steps: readonly StepValues[], behind?: Program): void {
    const encoder = this.begin(steps);
    behind?.writeSteps(steps.slice(-1));
    const pass = encoder.beginComputePass();
    for (let s = 0; s < steps.length; s++) this.encode(pass, s);
    behind?.encode(pass, 0);
    pass.end();
    const counters = this.device.counters;
    counters.passes++;
    counters.dispatches += steps.length * this.lines.length + (behind?.lines.length ?? 0);
    this.device.submit([encoder.finish()]);
  }

  /** Writes the step uniforms and opens an encoder. @internal */
  begin(steps: readonly StepValues[]): GPUCommandEncoder {
    this.writeSteps(steps);
    return this.device.handle.createCommandEncoder();
  }

  private writeSteps(steps: readonly StepValues[]): void {
    if (this.disposed) throw new DisposedError("The program");
    if (steps.length > MAX_STEPS) throw new RangeError(`${steps.length} steps in one submit; at most ${MAX_STEPS}`);
    this.device.check();
    if (this.stepFields) {
      const fields = this.stepFields;
      steps.forEach((values, s) => {
        packFields(this.stepBytes, s * STEP_STRIDE, fields, values);
      });
      this.device.write(this.steps, 0, new Uint8Array(this.stepBytes.buffer, 0, steps.length * STEP_STRIDE));
    }
  }

  /** Encodes lines [from, to) for the s-th of the written steps. @internal */
  encode(pass: GPUComputePassEncoder, s: number, from = 0, to = this.lines.length): void {
    if (this.stepGroup) pass.setBindGroup(1, this.stepGroup, [s * STEP_STRIDE]);
    let pipeline: GPUComputePipeline | undefined;
    for (let i = from; i < to; i++) {
      const line = this.lines[i] as Line;
      if (line.pipeline !== pipeline) {
        pipeline = line.pipeline;
        pass.setPipeline(pipeline);
      }
      pass.setBindGroup(0, line.group);
      pass.dispatchWorkgroups(line.grid[0], line.grid[1], line.grid[2]);
    }
  }

  /** Writes a tensor's values: f32, u32 or packed bytes, from element `at` on.
   * @throws InputError where they do not fit */
  write(tensor: string, values: Float32Array | Uint32Array | Uint8Array, at = 0): void {
    if (this.disposed) throw new DisposedError("The program");
    const place = this.place(tensor);
    const start = at * (place.dtype === "u8" ? 1 : 4);
    const room = place.shape.reduce((n, d) => n * d, 1) * (place.dtype === "u8" ? 1 : 4) - start;
    if (values.byteLength > room)
      throw new InputError(`${tensor}: ${values.byteLength} bytes were given and ${room} fit; check the shape.`);
    const padded = values.byteLength % 4 === 0 ? values : padBytes(values);
    this.device.write(this.buffers[place.buffer] as GPUBuffer, place.offset + start, padded);
  }

  /** Reads a tensor back after all that was submitted before. */
  async read(tensor: string): Promise<Float32Array | Uint32Array | Uint8Array> {
    if (this.disposed) throw new DisposedError("The program");
    const place = this.place(tensor);
    const length = place.shape.reduce((n, d) => n * d, 1);
    const bytes = await this.device.read(this.buffers[place.buffer] as GPUBuffer, place.offset, place.bytes);
    if (place.dtype === "u8") return new Uint8Array(bytes, 0, length);
    return place.dtype === "u32" ? new Uint32Array(bytes, 0, length) : new Float32Array(bytes, 0, length);
  }

  /** Reads a whole named buffer (an arena). */
  async readBuffer(name: string): Promise<ArrayBuffer> {
    const at = this.bufferIndex(name);
    return this.device.read(this.buffers[at] as GPUBuffer, 0, this.list.buffers[at]?.bytes ?? 0);
  }

  /** Writes a whole named buffer or its beginning. */
  writeBuffer(name: string, values: Float32Array | Uint32Array): void {
    this.device.write(this.buffers[this.bufferIndex(name)] as GPUBuffer, 0, values);
  }

  has(tensor: string): boolean {
    return this.list.places.has(tensor);
  }

  /** A named buffer, for another program to share. @internal */
  shared(name: string): GPUBuffer | undefined {
    const at = this.list.buffers.findIndex((b) => b.shareable && b.name === name);
    return at < 0 ? undefined : this.buffers[at];
  }

  /** Where a tensor lies. @internal */
  window(tensor: string): { readonly buffer: GPUBuffer; readonly offset: number; readonly shape: readonly number[] } {
    if (this.disposed) throw new DisposedError("The program");
    const { buffer, offset, shape } = this.place(tensor);
    return { buffer: this.buffer(buffer), offset, shape };
  }

  /** @internal */
  buffer(at: number): GPUBuffer {
    return this.buffers[at] as GPUBuffer;
  }

  private place(tensor: string): Place {
    const place = this.list.places.get(tensor);
    if (!place) throw new InputError(`The plan has no tensor named "${tensor}".`);
    return place;
  }

  private bufferIndex(name: string): number {
    const at = this.list.buffers.findIndex((b) => b.name === name);
    if (at < 0) throw new InputError(`The plan has no buffer named "${name}".`);
    return at;
  }

  /** Frees the buffers it made; shared ones stay with their owner. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const buffer of [...this.owned, this.sizes, this.steps]) this.device.destroyBuffer(buffer);
  }
}

/** Whether a list has a buffer that another's `spec` can be. */
function holds(list: DispatchList, { name, bytes, shareable }: BufferSpec): boolean {
  return shareable && list.buffers.some((b) => b.shareable && b.name === name && b.bytes >= bytes);
}

/** The buffers that loading a list makes, beside those that `share` holds; bytes as they are allocated. */
export function buffersOf(list: DispatchList, share: readonly DispatchList[] = []): BufferSpec[] {
  const uniform = (name: string, bytes: number): BufferSpec => ({ name, bytes, shareable: false, role: "uniforms" });
  return [
    ...list.buffers.filter((spec) => !share.some((other) => holds(other, spec))),
    uniform("sizes", list.sizesData.byteLength),
    uniform("step", MAX_STEPS * STEP_STRIDE),
  ].map((spec) => ({ ...spec, bytes: bufferBytes(spec.bytes) }));
}

function padBytes(values: Float32Array | Uint32Array | Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(values.byteLength / 4) * 4);
  out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return out;
}
