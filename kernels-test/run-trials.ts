import type { Device } from "../src/gpu/device.js";
import { packFields } from "../src/gpu/dispatch-list.js";
import { gridOf, pipelineOverrides } from "../src/gpu/grid.js";
import type { Difference } from "./compare.js";
import { passes, worst } from "./compare.js";
import type { Trial } from "./trials.js";

const ALIGN = 256;
const GUARD = 0xa5a5a5a5;
const NAN = 0x7fc0dead;

export interface TrialResult {
  readonly name: string;
  readonly kernel: string;
  /** The first thing that is wrong, or nothing. */
  readonly failure?: string;
  /** Error over bound of the worst element. */
  readonly ratio: number;
}

interface Slot {
  readonly at: number;
  readonly bytes: number;
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

/** Runs trials in one submit, twice over, and judges them: values, guards, elements that must stay untouched, repeat. */
export async function runTrials(device: Device, trials: readonly Trial[]): Promise<TrialResult[]> {
  const layout = layOut(trials);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const uniform = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const inputs = device.createBuffer({ label: "trial inputs", size: layout.inputBytes, usage });
  const outputs = [0, 1].map((i) =>
    device.createBuffer({ label: `trial outputs ${i}`, size: layout.outputBytes, usage }),
  );
  const sizes = device.createBuffer({ label: "trial sizes", size: trials.length * ALIGN, usage: uniform });
  const steps = device.createBuffer({ label: "trial steps", size: trials.length * ALIGN, usage: uniform });
  const images = fill(trials, layout);
  device.write(inputs, 0, images.inputs);
  for (const output of outputs) device.write(output, 0, images.outputs);
  device.write(sizes, 0, images.sizes);
  device.write(steps, 0, images.steps);

  const encoder = device.handle.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const output of outputs)
    trials.forEach((trial, t) => {
      const { kernel } = trial;
      const overrides = pipelineOverrides(kernel, trial.overrides, device.profile.subgroupSize);
      const entries: GPUBindGroupEntry[] = kernel.bindings.map(({ name, access, index }) => {
        const slot = layout.slots[t][name];
        const buffer = access === "read" ? inputs : output;
        return { binding: index, resource: { buffer, offset: slot.at, size: aligned(slot.bytes) + ALIGN } };
      });
      if (kernel.sizesIndex !== undefined)
        entries.push({ binding: kernel.sizesIndex, resource: { buffer: sizes, offset: t * ALIGN, size: ALIGN } });
      pass.setPipeline(device.pipeline(kernel, overrides));
      pass.setBindGroup(0, device.bindGroup(trial.name, device.bindGroupLayout(kernel), entries));
      if (kernel.step)
        pass.setBindGroup(
          1,
          device.bindGroup("step", device.stepLayout, [{ binding: 0, resource: { buffer: steps, size: ALIGN } }]),
          [t * ALIGN],
        );
      pass.dispatchWorkgroups(...gridOf(kernel, trial.sizes, overrides));
    });
  pass.end();
  device.submit([encoder.finish()]);
  const [first, second] = await Promise.all(outputs.map((o) => device.read(o, 0, layout.outputBytes)));
  for (const buffer of [inputs, ...outputs, sizes, steps]) device.destroyBuffer(buffer);
  return trials.map((trial, t) => judge(trial, layout.slots[t], first, second, images.outputs));
}

function layOut(trials: readonly Trial[]): {
  slots: Record<string, Slot>[];
  inputBytes: number;
  outputBytes: number;
} {
  let inputBytes = 0;
  let outputBytes = ALIGN;
  const slots = trials.map((trial) => {
    const of: Record<string, Slot> = {};
    for (const { name, access } of trial.kernel.bindings) {
      const bytes = Math.ceil((trial.lengths[name] * (trial.types[name] === "u8" ? 1 : 4)) / 4) * 4;
      const room = aligned(bytes) + ALIGN;
      if (access === "read") {
        of[name] = { at: inputBytes, bytes };
        inputBytes += room;
      } else {
        of[name] = { at: outputBytes, bytes };
        outputBytes += room;
      }
    }
    return of;
  });
  return { slots, inputBytes: Math.max(inputBytes, ALIGN), outputBytes };
}

function fill(
  trials: readonly Trial[],
  layout: ReturnType<typeof layOut>,
): Record<"inputs" | "outputs" | "sizes" | "steps", Uint8Array> {
  const inputs = new Uint8Array(layout.inputBytes);
  const outputs = new Uint8Array(layout.outputBytes);
  new Uint32Array(outputs.buffer).fill(GUARD);
  const sizes = new Uint8Array(trials.length * ALIGN);
  const steps = new Uint8Array(trials.length * ALIGN);
  trials.forEach((trial, t) => {
    for (const { name, access } of trial.kernel.bindings) {
      const { at, bytes } = layout.slots[t][name];
      const image = access === "read" ? inputs : outputs;
      const values = trial.before[name];
      if (!values) new Uint32Array(image.buffer, at, bytes / 4).fill(NAN);
      else if (trial.types[name] === "f32") new Float32Array(image.buffer, at, values.length).set(values);
      else if (trial.types[name] === "u32") new Uint32Array(image.buffer, at, values.length).set(values);
      else image.set(values, at);
    }
    packFields(new DataView(sizes.buffer), t * ALIGN, trial.kernel.sizes, trial.sizes);
    if (trial.kernel.step) packFields(new DataView(steps.buffer), t * ALIGN, trial.kernel.step, trial.step);
  });
  return { inputs, outputs, sizes, steps };
}

function judge(
  trial: Trial,
  slots: Record<string, Slot>,
  first: ArrayBuffer,
  second: ArrayBuffer,
  before: Uint8Array,
): TrialResult {
  const result = (failure: string | undefined, ratio: number): TrialResult => ({
    name: trial.name,
    kernel: trial.kernel.name,
    ratio,
    ...(failure === undefined ? {} : { failure: `${trial.name}: ${failure}` }),
  });
  let ratio = 0;
  // RELIABILITY R17: kernels that keep values in f16 agree to 1e-3 of what they add up.
  const halves = trial.kernel.features.includes("shader-f16") ? 1e-3 : 0;
  for (const [name, out] of Object.entries(trial.want)) {
    const { at, bytes } = slots[name];
    const bits = new Uint32Array(first, at, bytes / 4);
    const again = new Uint32Array(second, at, bytes / 4);
    const old = new Uint32Array(before.buffer, at, bytes / 4);
    for (let i = 0; i < bits.length; i++)
      if (bits[i] !== again[i]) return result(`${name}[${i}] differs between two runs`, Number.POSITIVE_INFINITY);
    const end = (at + aligned(bytes) + ALIGN) / 4;
    const whole = new Uint32Array(first);
    for (let i = at / 4 - ALIGN / 4; i < at / 4; i++)
      if (whole[i] !== GUARD) return result(`writes before ${name}`, Number.POSITIVE_INFINITY);
    for (let i = at / 4 + bytes / 4; i < end; i++)
      if (whole[i] !== GUARD)
        return result(`writes ${i - at / 4 - bytes / 4 + 1} words past the end of ${name}`, Number.POSITIVE_INFINITY);
    for (let i = 0; i < bits.length; i++)
      if (!out.written[i] && bits[i] !== old[i])
        return result(`writes ${name}[${i}], which it must leave alone`, Number.POSITIVE_INFINITY);
    const kept = (i: number): boolean => out.written[i] === 1;
    const got = trial.types[name] === "f32" ? new Float32Array(first, at, out.value.length) : bits;
    const indices = [...got.keys()].filter(kept);
    const exact = trial.name.endsWith("integers") || trial.types[name] !== "f32";
    const difference: Difference = worst(
      indices.map((i) => got[i]),
      indices.map((i) => (exact && trial.types[name] === "f32" ? Math.fround(out.value[i]) : out.value[i])),
      (k) => (exact ? 0 : Math.max(out.bound(indices[k]), halves * out.magnitude[indices[k]])),
    );
    if (!passes(difference)) {
      const { got: g, want, error, bound: b, index } = difference;
      return result(
        `${name}[${indices[index]}] is ${g}, twin ${want}, error ${error} > ${b}`,
        Number.POSITIVE_INFINITY,
      );
    }
    if (difference.bound > 0 && Number.isFinite(difference.bound))
      ratio = Math.max(ratio, difference.error / difference.bound);
  }
  return result(undefined, ratio);
}
