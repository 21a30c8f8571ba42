import { overrideValues } from "../src/gpu/grid.js";
import type { Kernel } from "../src/gpu/kernel.js";
import type { Profile } from "../src/gpu/profile.js";
import { Graph } from "../src/graph/graph.js";
import type { Env, Values } from "../src/graph/interpret.js";
import { Output } from "../src/graph/interpret.js";
import { Parameters } from "../src/graph/parameters.js";
import type { Attrs, Choice, DType, Shape } from "../src/ops/op.js";
import { choose, elements } from "../src/ops/op.js";
import { RandomStream, streams } from "../src/random/philox.js";
import type { Case, Draw, OpProof } from "./ref/contract.js";

/** One kernel on one case: what goes in, and what the float64 twin makes of it. */
export interface Trial {
  readonly name: string;
  readonly kernel: Kernel;
  readonly sizes: Readonly<Record<string, number>>;
  readonly overrides: Attrs;
  readonly step: Readonly<Record<string, number>>;
  /** Values before the kernel runs, by binding; outputs that are not read first are absent. */
  readonly before: Readonly<Record<string, Values>>;
  readonly types: Readonly<Record<string, DType>>;
  readonly lengths: Readonly<Record<string, number>>;
  readonly want: Readonly<Record<string, Output>>;
}

export const defaultStep: Readonly<Record<string, number>> = {
  seed_low: 7,
  seed_high: 0,
  step: 3,
  epoch: 1,
  cursor: 0,
  rows: 2 ** 31,
  slot: 0,
  lr: 0.01,
  correction1: 0.1,
  correction2: 0.001,
  weight0: 1,
  weight1: 1,
  weight2: 1,
  weight3: 1,
  capacity: 5,
  pixel: 0,
  temperature: 1,
  top_k: 0,
  top_p: 1,
};

/** A case's node with drawn inputs, ready to run on the CPU kernel by kernel. */
export class CaseRun {
  readonly values = new Map<string, Values>();
  readonly shapes = new Map<string, Shape>();
  readonly step: Readonly<Record<string, number>>;
  private readonly random: RandomStream;
  private readonly sizes: Readonly<Record<string, number>>;
  private readonly overrides: Attrs;
  readonly inputs: readonly string[];

  constructor(
    readonly proof: OpProof,
    readonly item: Case,
    private readonly style: { readonly integers: boolean; readonly round: boolean },
    seed: number,
  ) {
    const graph = new Graph(new Parameters());
    this.random = new RandomStream(seed, streams.test);
    this.step = { ...defaultStep, ...item.step };
    const { op } = proof;
    this.inputs = op.inputs.filter((name) => item.shapes[name]);
    const tensors = Object.fromEntries(
      this.inputs.map((name) => [name, graph.input(name, item.shapes[name], op.types?.[name] ?? "f32")]),
    );
    const node = graph.apply(op, tensors, item.attrs);
    for (const [name, tensor] of Object.entries(node)) this.shapes.set(name, tensor.shape);
    const shapes = Object.fromEntries(this.shapes);
    this.sizes = op.sizes(shapes, item.attrs ?? {});
    this.overrides = op.overrides?.(shapes, item.attrs ?? {}) ?? {};
    for (const name of this.inputs) this.draw(name);
  }

  /** Draws a tensor's values if it has none yet. */
  draw(name: string): void {
    if (this.values.has(name)) return;
    const shape = this.shapes.get(name) ?? this.shapes.get(name.slice(1)) ?? [1];
    this.shapes.set(name, shape);
    const draw: Draw = this.item.draw?.[name] ?? ((r) => r.normal());
    const type = this.proof.op.types?.[name] ?? "f32";
    const values = emptyValues(type, elements(shape));
    for (let i = 0; i < values.length; i++) {
      const v = this.style.integers && type === "f32" ? this.random.below(9) - 4 : draw(this.random, i);
      values[i] = this.style.round && type === "f32" ? Math.fround(v) : v;
    }
    this.values.set(name, values);
  }

  /** Runs the twin of a kernel, leaves its results among the values, and gives the trial for each kernel of the choice. */
  run(choice: Choice, kernels: readonly Kernel[], caseName: string): Trial[] {
    const { plain } = choice;
    const { op } = this.proof;
    const given = plain.bindings.filter((b) => b.access === "read_write").map((b) => b.name);
    // As differentiate() does: no kernel for the gradient of an input that was left out.
    if (given.every((name) => op.optional?.[name.slice(1)] && !this.shapes.has(name.slice(1)))) return [];
    const before: Record<string, Values> = {};
    const want: Record<string, Output> = {};
    const types: Record<string, DType> = {};
    const lengths: Record<string, number> = {};
    const bound: Record<string, Values> = {};
    for (const { name, access } of plain.bindings) {
      const stand = this.shapes.has(name) || !op.optional?.[name] ? name : op.optional[name];
      const isGradient = !this.shapes.has(stand) && this.shapes.has(stand.slice(1));
      if (access === "read") this.draw(stand);
      const shape = this.shapes.get(stand) ?? (isGradient ? this.shapes.get(stand.slice(1)) : undefined) ?? [1];
      this.shapes.set(stand, shape);
      types[name] = op.types?.[name] ?? "f32";
      lengths[name] = elements(shape);
      const inPlace = access === "read_write" && this.inputs.includes(name);
      if (access === "read" || inPlace) before[name] = (this.values.get(stand) as Values).slice();
      bound[name] = before[name] ?? emptyValues(types[name], lengths[name]);
      if (access === "read_write") want[name] = new Output(lengths[name]);
    }
    const reference = this.proof.references[plain.twin];
    if (!reference) throw new Error(`${plain.twin} has no reference`);
    const env: Env = {
      in: bound,
      out: want,
      sizes: this.sizes,
      overrides: overrideValues(plain, this.overrides),
      step: this.step,
    };
    reference(env);
    for (const [name, out] of Object.entries(want)) {
      const into = bound[name].slice();
      for (let i = 0; i < into.length; i++)
        if (out.written[i])
          into[i] = this.style.round && types[name] === "f32" ? Math.fround(out.value[i]) : out.value[i];
      this.values.set(name, into);
    }
    return kernels.map((kernel) => ({
      name: `${kernel.name} ${caseName}`,
      kernel,
      sizes: this.sizes,
      overrides: this.overrides,
      step: this.step,
      before,
      types,
      lengths,
      want,
    }));
  }
}

export function emptyValues(type: DType, length: number): Values {
  return type === "f32" ? new Float64Array(length) : type === "u32" ? new Uint32Array(length) : new Uint8Array(length);
}

/** The kernels of a choice that this device can run for these sizes: one for each family of adapters, without repeats. */
export function runnable(choice: Choice, profile: Profile, sizes: Readonly<Record<string, number>>): Kernel[] {
  const families = [choice.plain];
  for (const matmul of ["plain", "tiled", "sgb"] as const) {
    if (matmul === "sgb" && profile.subgroupSize === 0) continue;
    // A target of 1: large tiles for small cases too.
    for (const change of [{ wideTiles: true, workgroupTarget: 1 }, { wideTiles: false }, { storage: "f16" as const }]) {
      if (change.storage && !profile.hasF16) continue;
      for (const software of [true, false]) {
        const kernel = choose(choice, { ...profile, matmul, software, storage: "f32", ...change }, sizes);
        if (!families.includes(kernel)) families.push(kernel);
      }
    }
  }
  return families;
}

/** Every trial of a proof: each kernel and variant on each case, with real and (where exact) integer inputs. */
export function trialsOf(proof: OpProof, profile: Profile): Trial[] {
  return proof.cases.flatMap((item, c) => {
    const styles = proof.exact ? [false, true] : [false];
    return styles.flatMap((integers) => {
      const run = new CaseRun(proof, item, { integers, round: true }, 100 + c);
      const name = `case ${c}${integers ? " integers" : ""}`;
      const sizes = proof.op.sizes(Object.fromEntries(run.shapes), item.attrs ?? {});
      return [...proof.op.forward, ...proof.op.backward].flatMap((choice) =>
        run.run(choice, runnable(choice, profile, sizes), name),
      );
    });
  });
}
