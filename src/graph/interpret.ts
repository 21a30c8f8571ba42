import { overrideValues } from "../gpu/grid.js";
import { elements } from "../ops/op.js";
import type { Plan } from "./plan.js";
import type { Tensor } from "./tensor.js";
import { root } from "./tensor.js";

export type Values = Float64Array | Uint32Array | Uint8Array;

/** What a reference writes: the value and what its rounding error is measured by. */
export class Output {
  readonly value: Float64Array;
  /** sum of |terms| that were added up for each element. */
  readonly magnitude: Float64Array;
  /** How many terms. */
  readonly terms: Float64Array;
  /** Further error that WGSL's accuracy table grants its built-ins, absolute. */
  readonly granted: Float64Array;
  /** Whether each element was written. */
  readonly written: Uint8Array;

  constructor(length: number) {
    this.value = new Float64Array(length);
    this.magnitude = new Float64Array(length);
    this.terms = new Float64Array(length);
    this.granted = new Float64Array(length);
    this.written = new Uint8Array(length);
  }

  put(i: number, value: number, magnitude = Math.abs(value), terms = 1, granted = 0): void {
    if (i >= this.value.length) throw new Error(`reference writes element ${i} of ${this.value.length}`);
    this.value[i] = value;
    this.magnitude[i] = magnitude;
    this.terms[i] = terms;
    this.granted[i] = granted;
    this.written[i] = 1;
  }

  /** How far a float32 result may lie from `value`: rounding of a sum of n terms in any order, what WGSL grants its built-ins,
   * and the smallest normal, since software adapters flush what is below. */
  bound(i: number): number {
    return (8 + 4 * Math.sqrt(this.terms[i])) * 2 ** -23 * this.magnitude[i] + this.granted[i] + 2 ** -126;
  }

  /** Writes what an accumulator gathered. */
  putSum(i: number, sum: Sum): void {
    this.put(i, sum.value, sum.magnitude, sum.terms, sum.granted);
  }
}

/** An accumulator that keeps the value, sum of |terms| and their number. */
export class Sum {
  value = 0;
  magnitude = 0;
  terms = 0;
  granted = 0;
  add(term: number, granted = 0): this {
    this.value += term;
    this.magnitude += Math.abs(term);
    this.terms++;
    this.granted += granted;
    return this;
  }
}

/** What one reference sees of its dispatch: tensors by binding name, sizes, override values, the step uniform. */
export interface Env {
  readonly in: Readonly<Record<string, Values>>;
  readonly out: Readonly<Record<string, Output>>;
  readonly sizes: Readonly<Record<string, number>>;
  readonly overrides: Readonly<Record<string, number>>;
  readonly step: Readonly<Record<string, number>>;
}

/** The float64 twin of a kernel. */
export type Reference = (env: Env) => void;
/** Twins by kernel name without variant. */
export type References = Readonly<Record<string, Reference>>;

/** Runs a plan on the CPU, dispatch by dispatch, with float64 twins. */
export class Interpreter {
  private readonly memory = new Map<string, Values>();

  constructor(
    readonly plan: Plan,
    private readonly references: References,
    private readonly arenaLength: number,
  ) {}

  /** A tensor's values by name, live. */
  values(name: string): Values {
    for (const call of this.plan.calls)
      for (const tensor of Object.values(call.tensors)) if (tensor.name === name) return this.memoryOf(tensor);
    throw new Error(`the plan has no tensor named ${name}`);
  }

  /** Sets a tensor: same order as on the GPU. */
  write(name: string, values: ArrayLike<number>): void {
    this.values(name).set(values);
  }

  run(step: Readonly<Record<string, number>>): void {
    this.plan.calls.forEach((_, i) => {
      this.dispatch(i, step);
    });
  }

  /** Runs one dispatch of the plan; gives what it wrote, by binding. */
  dispatch(i: number, step: Readonly<Record<string, number>>): Readonly<Record<string, Output>> {
    const call = this.plan.calls[i];
    const dispatch = this.plan.dispatches[i];
    if (!call || !dispatch) throw new Error(`the plan has no dispatch ${i}`);
    const { kernel, overrides } = dispatch;
    const reference = this.references[kernel.twin];
    if (!reference) throw new Error(`${kernel.twin} has no reference`);
    const inputs: Record<string, Values> = {};
    const outputs: Record<string, Output> = {};
    for (const { name, access } of kernel.bindings) {
      const tensor = call.tensors[name] as Tensor;
      inputs[name] = this.memoryOf(tensor);
      if (access === "read_write") outputs[name] = new Output(elements(tensor.shape));
    }
    const values = Object.fromEntries((kernel.step ?? []).map(({ name }) => [name, step[name] ?? 0]));
    reference({
      in: inputs,
      out: outputs,
      sizes: call.sizes,
      overrides: overrideValues(kernel, overrides),
      step: values,
    });
    for (const [name, out] of Object.entries(outputs)) {
      const into = inputs[name] as Values;
      out.written.forEach((written, e) => {
        if (written) into[e] = out.value[e] as number;
      });
    }
    return outputs;
  }

  private lengthOf(arena: string): number {
    const buffer = this.plan.buffers.find(({ name }) => name === `${arena} arena`);
    return Math.max(this.arenaLength, (buffer?.bytes ?? 0) / 4);
  }

  /** A tensor's values, live. */
  memoryOf(tensor: Tensor): Values {
    const owner = root(tensor);
    const key = owner.arena === undefined ? owner.name : `${owner.arena} arena`;
    let values = this.memory.get(key);
    if (!values) {
      const length = owner.arena === undefined ? elements(owner.shape) : this.lengthOf(owner.arena);
      values =
        owner.dtype === "f32"
          ? new Float64Array(length)
          : owner.dtype === "u32"
            ? new Uint32Array(length)
            : new Uint8Array(length);
      this.memory.set(key, values);
    }
    const from = owner.offset ?? 0;
    return owner.arena === undefined ? values : values.subarray(from, from + elements(tensor.shape));
  }
}
