import { DoesNotFitError } from "../errors.js";
import type { BufferSpec, Dispatch, DispatchList, Place } from "../gpu/dispatch-list.js";
import { packFields } from "../gpu/dispatch-list.js";
import { gridOf, pipelineOverrides } from "../gpu/grid.js";
import type { Profile } from "../gpu/profile.js";
import { choose } from "../ops/op.js";
import type { Call, Graph } from "./graph.js";
import { planMemory } from "./memory.js";
import type { Role, Tensor } from "./tensor.js";
import { byteLength, root } from "./tensor.js";

const SIZES_STRIDE = 256;

/** What each role's memory is called in a report. */
const roleNames: Readonly<Record<Role, string>> = {
  weight: "weights",
  gradient: "gradients",
  moment: "moments",
  statistic: "statistics",
  activation: "activations",
  input: "inputs",
  output: "outputs",
  zeros: "outputs",
  ring: "outputs",
};

/** What a plan is made for: which kernels suit, and what the adapter can hold. */
export interface PlanTarget {
  readonly profile: Profile;
  readonly limits: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number };
}

/** A frozen dispatch list and memory map, made once from a graph. It owns nothing on the GPU. */
export class Plan implements DispatchList {
  readonly dispatches: readonly Dispatch[];
  readonly buffers: readonly BufferSpec[];
  readonly places: ReadonlyMap<string, Place>;
  readonly sizesData: Uint8Array;
  /** The calls it was made from, dispatch by dispatch: for the interpreter. */
  readonly calls: readonly Call[];

  /** @param names further names for tensors, so that a caller need not know the model's
   * @throws DoesNotFitError where a tensor is larger than the adapter can bind, naming both sizes and the remedy */
  constructor(graph: Graph, target: PlanTarget, names: ReadonlyMap<string, Tensor> = new Map()) {
    this.calls = [...graph.calls];
    const map = layOut(graph, this.calls, names);
    this.buffers = map.buffers;
    for (const [name, tensor] of names) map.places.set(name, map.places.get(tensor.name) as Place);
    this.places = map.places;
    this.dispatches = this.calls.map((call, i) => dispatchOf(call, i, target, map.places));
    this.sizesData = new Uint8Array(Math.max(1, this.dispatches.length) * SIZES_STRIDE);
    const view = new DataView(this.sizesData.buffer);
    for (const d of this.dispatches) packFields(view, d.sizesOffset, d.kernel.sizes, d.sizes);
    this.refuseWhatDoesNotFit(target);
  }

  /** Bytes that running it takes on the GPU, shared buffers counted in. */
  get bytes(): number {
    return this.buffers.reduce((n, b) => n + b.bytes, this.sizesData.byteLength);
  }

  /** The largest window that one dispatch binds. */
  get largestBinding(): { readonly tensor: string; readonly bytes: number } {
    let largest = { tensor: "none", bytes: 0 };
    for (const d of this.dispatches)
      for (const w of d.windows) if (w.bytes > largest.bytes) largest = { tensor: w.tensor, bytes: w.bytes };
    return largest;
  }

  private refuseWhatDoesNotFit({ limits }: PlanTarget): void {
    const { tensor, bytes } = this.largestBinding;
    if (bytes > limits.maxStorageBufferBindingSize)
      throw new DoesNotFitError(
        `${tensor} takes ${bytes} bytes and this adapter binds at most ${limits.maxStorageBufferBindingSize}`,
        "use a smaller batch, model or --limit",
      );
    const big = this.buffers.find((b) => b.bytes > limits.maxBufferSize);
    if (big)
      throw new DoesNotFitError(
        `${big.name} takes ${big.bytes} bytes and this adapter's buffers hold at most ${limits.maxBufferSize}`,
        "use a smaller batch or model",
      );
  }

  /** The step as a page: one line a dispatch, `kernel  where  reads -> writes`. */
  toString(): string {
    const rows = this.dispatches.map((d) => {
      const of = (access: string): string =>
        d.windows
          .filter((w) => d.kernel.bindings.find((b) => b.name === w.binding)?.access === access)
          .map((w) => `${w.tensor}[${this.places.get(w.tensor)?.shape.join(",") ?? ""}]`)
          .filter((text, i, all) => all.indexOf(text) === i)
          .join(", ");
      return [d.kernel.name.replace(/[/-]/g, "_"), d.label, `${of("read")} -> ${of("read_write")}`] as const;
    });
    const width = (column: 0 | 1): number => Math.max(...rows.map((r) => r[column].length));
    const [a, b] = [width(0), width(1)];
    return rows.map(([k, l, io]) => `${k.padEnd(a)}  ${l.padEnd(b)}  ${io}`).join("\n");
  }

  /** The frozen list as plain data. */
  toJSON(): unknown {
    return {
      dispatches: this.dispatches.map(({ kernel, ...rest }) => ({ kernel: kernel.name, ...rest })),
      buffers: this.buffers,
      places: Object.fromEntries(this.places),
    };
  }
}

function layOut(
  graph: Graph,
  calls: readonly Call[],
  wanted: ReadonlyMap<string, Tensor>,
): { buffers: BufferSpec[]; places: Map<string, Place> } {
  const slots = planMemory(calls);
  const buffers: BufferSpec[] = slots.bytes.map((bytes, i) => ({
    name: `slot ${i}`,
    bytes,
    shareable: false,
    role: roleNames.activation,
  }));
  const places = new Map<string, Place>();
  const named = new Map<string, number>();
  const own = (name: string, bytes: number, role: string): number => {
    let at = named.get(name);
    if (at === undefined) {
      at = buffers.push({ name, bytes, shareable: true, role }) - 1;
      named.set(name, at);
    }
    return at;
  };
  const place = (tensor: Tensor): void => {
    if (places.has(tensor.name)) return;
    const owner = root(tensor);
    if (owner !== tensor) place(owner); // no call may touch it but through its views
    const slot = slots.slotOf.get(owner);
    const buffer =
      slot ??
      (owner.arena === undefined
        ? own(owner.name, byteLength(owner), roleNames[owner.role])
        : own(`${owner.arena} arena`, arenaBytes(graph, owner.arena), roleNames[owner.role]));
    places.set(tensor.name, {
      buffer,
      offset: (owner.offset ?? 0) * 4,
      bytes: byteLength(tensor),
      shape: tensor.shape,
      dtype: tensor.dtype,
    });
  };
  for (const call of calls) for (const tensor of Object.values(call.tensors)) place(tensor);
  for (const tensor of wanted.values()) place(tensor);
  return { buffers, places };
}

function arenaBytes({ parameters }: Graph, arena: string): number {
  return Math.max(256, 4 * (arena === "statistics" ? parameters.statisticsLength : parameters.arenaLength));
}

function dispatchOf(call: Call, i: number, target: PlanTarget, places: Map<string, Place>): Dispatch {
  const kernel = choose(call.choice, target.profile, call.sizes);
  const overrides = pipelineOverrides(kernel, call.overrides, target.profile.subgroupSize);
  return {
    kernel,
    label: call.label,
    overrides,
    windows: kernel.bindings.map(({ name }) => {
      const tensor = call.tensors[name] as Tensor;
      const { buffer, offset, bytes } = places.get(tensor.name) as Place;
      return { binding: name, tensor: tensor.name, buffer, offset, bytes };
    }),
    sizes: call.sizes,
    sizesOffset: i * SIZES_STRIDE,
    grid: gridOf(kernel, call.sizes, overrides),
  };
}
