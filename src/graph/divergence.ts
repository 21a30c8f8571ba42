import { runOne } from "../gpu/modes.js";
import type { Program, StepValues } from "../gpu/program.js";
import { elements } from "../ops/op.js";
import type { Interpreter, Output, Values } from "./interpret.js";
import type { Tensor } from "./tensor.js";
import { root } from "./tensor.js";

/** Where the GPU and the interpreter part. */
export interface Divergence {
  readonly dispatch: number;
  readonly label: string;
  readonly kernel: string;
  /** `input`: the two did not begin with the same values, so the fault lies before this dispatch. `output`: the kernel's own. */
  readonly side: "input" | "output";
  readonly tensor: string;
  readonly index: number;
  readonly gpu: number;
  readonly twin: number;
  readonly bound: number;
}

/** Runs one step, for real, on the GPU dispatch by dispatch beside the float64 twins, and names the first dispatch whose output
 * is further from its twin than rounding explains, or that reads a weight or an input that the two sides do not share. After
 * each dispatch the interpreter goes on from the GPU's values, so that every dispatch is judged by itself and the next step
 * begins in agreement. The program must run the interpreter's plan. */
export async function firstDivergence(
  program: Program,
  interpreter: Interpreter,
  step: StepValues,
): Promise<Divergence | undefined> {
  const { plan } = interpreter;
  if (program.list !== plan) throw new Error("firstDivergence: the program and the interpreter have different plans");
  const written = new Set<Tensor>();
  for (const [i, { kernel, windows }] of plan.dispatches.entries()) {
    const { label, tensors } = plan.calls[i];
    const at = { dispatch: i, label, kernel: kernel.name };
    for (const [w, { name }] of kernel.bindings.entries()) {
      const tensor = tensors[name];
      // A slot that nobody filled yet holds whatever was there.
      if (root(tensor).role === "activation" && !written.has(root(tensor))) continue;
      const found = firstOther(await gpuValues(program, windows[w], tensor), interpreter.memoryOf(tensor));
      if (found) return { ...at, side: "input", tensor: tensor.name, ...found };
    }
    const outputs = interpreter.dispatch(i, step);
    runOne(program, step, i);
    for (const [w, { name, access }] of kernel.bindings.entries()) {
      if (access !== "read_write") continue;
      const tensor = tensors[name];
      const gpu = await gpuValues(program, windows[w], tensor);
      const twin = interpreter.memoryOf(tensor);
      const found = firstFar(gpu, twin, outputs[name], root(tensor).role !== "activation");
      if (found) return { ...at, side: "output", tensor: tensor.name, ...found };
      twin.set(gpu);
      written.add(root(tensor));
    }
  }
  return undefined;
}

async function gpuValues(
  program: Program,
  window: { buffer: number; offset: number },
  tensor: Tensor,
): Promise<Values> {
  const length = elements(tensor.shape);
  const bytes = tensor.dtype === "u8" ? Math.ceil(length / 4) * 4 : 4 * length;
  const data = await program.device.read(program.buffer(window.buffer), window.offset, bytes);
  if (tensor.dtype === "u8") return new Uint8Array(data, 0, length);
  return tensor.dtype === "u32" ? new Uint32Array(data) : Float64Array.from(new Float32Array(data));
}

type Difference = Pick<Divergence, "index" | "gpu" | "twin" | "bound">;

/** The first element that differs once the twin's is rounded to float32. */
function firstOther(gpu: Values, twin: Values): Difference | undefined {
  const index = gpu.findIndex((v, e) => !Object.is(v + 0, Math.fround(twin[e]) + 0) && gpu[e] !== twin[e]);
  return index < 0 ? undefined : { index, gpu: gpu[index], twin: twin[index], bound: 0 };
}

/** The first element beyond its bound. What the twin left alone must be as it was where it `lasts`. */
function firstFar(gpu: Values, twin: Values, out: Output, lasts: boolean): Difference | undefined {
  for (let e = 0; e < gpu.length; e++) {
    if (!out.written[e]) {
      if (lasts && gpu[e] !== Math.fround(twin[e]) && gpu[e] !== twin[e])
        return { index: e, gpu: gpu[e], twin: twin[e], bound: 0 };
      continue;
    }
    const [got, want, bound] = [gpu[e], out.value[e], out.bound(e)];
    const near = Number.isFinite(want) ? Math.abs(got - want) <= bound : Object.is(got, want);
    if (!near) return { index: e, gpu: got, twin: want, bound };
  }
  return undefined;
}
