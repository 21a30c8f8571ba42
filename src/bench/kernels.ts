import type { Device } from "../gpu/device.js";
import { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Attrs, Choice, Op, Shape } from "../ops/op.js";
import { choose, elements } from "../ops/op.js";
import type { Job } from "./dispatch.js";
import { bytesOf, Dispatched } from "./dispatch.js";
import type { Peak } from "./peak.js";
import type { Reference } from "./references.js";

/** What one kernel takes on its reference shape. */
export interface KernelTime {
  readonly kernel: string;
  /** Of the op's inputs. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly ms: number;
  /** By the op's count of operations; 0 where the kernel only moves values. */
  readonly gflops: number;
  /** Every binding counted once. */
  readonly gbs: number;
}

export interface KernelRow extends KernelTime {
  readonly op: string;
  readonly direction: "forward" | "backward";
  /** Of the measured peaks of this run, 0 to 1. */
  readonly computeShare: number;
  readonly memoryShare: number;
}

/** Times the kernel of a choice that this adapter would take. */
export async function timeChoice(device: Device, op: Op, choice: Choice, reference: Reference): Promise<KernelTime> {
  const job = jobOf(device, op, choice, reference);
  const run = new Dispatched(device, job);
  const ms = await run.time().finally(() => run.dispose());
  const [gflops, gbs] = [flopsOf(op, job) / ms / 1e6, bytesOf(job) / ms / 1e6];
  return { kernel: job.kernel.name, shapes: reference.shapes, ms, gflops, gbs };
}

/** Times every kernel that this adapter would take for an op. */
export async function benchKernels(device: Device, op: Op, reference: Reference, peak: Peak): Promise<KernelRow[]> {
  const rows: KernelRow[] = [];
  for (const direction of ["forward", "backward"] as const)
    for (const choice of op[direction]) {
      const time = await timeChoice(device, op, choice, reference);
      const shares = { computeShare: time.gflops / peak.gflops, memoryShare: time.gbs / peak.gbs };
      rows.push({ op: op.name, direction, ...time, ...shares });
    }
  return rows;
}

/** Operations of one run of a kernel. */
export function flopsOf(op: Op, { kernel, sizes, overrides }: Job): number {
  const within = kernel.twin.slice(kernel.twin.indexOf("/") + 1);
  const flops = op.flops?.(sizes, overrides)[within];
  if (flops === undefined) throw new Error(`src/ops: the row of ${op.name} does not count the operations of ${within}`);
  return flops;
}

function sizesOf(op: Op, { shapes, attrs = {} }: Reference) {
  const graph = new Graph(new Parameters());
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, graph.input(name, shape, op.types?.[name] ?? "f32")]),
  );
  const node = graph.apply(op, inputs, attrs);
  const all: Record<string, Shape> = Object.fromEntries(Object.entries(node).map(([name, t]) => [name, t.shape]));
  const overrides: Attrs = op.overrides?.(all, attrs) ?? {};
  return { all, sizes: op.sizes(all, attrs), overrides };
}

/** A choice of an op's row as the bench runs it. */
export function jobOf(device: Device, op: Op, choice: Choice, reference: Reference): Job {
  const { all, sizes, overrides } = sizesOf(op, reference);
  const kernel = choose(choice, device.profile, sizes);
  const lengths: Record<string, number> = {};
  const types: Record<string, Job["types"][string]> = {};
  for (const { name } of kernel.bindings) {
    const shape = all[name] ?? all[op.optional?.[name] ?? ""] ?? all[name.slice(1)] ?? [1];
    lengths[name] = elements(shape);
    types[name] = op.types?.[name] ?? "f32";
  }
  return { kernel, sizes, overrides, lengths, types };
}
