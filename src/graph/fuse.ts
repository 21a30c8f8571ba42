import { activation, defaultSlope, needsInput } from "../ops/activation.js";
import type { Call, Graph } from "./graph.js";
import type { Tensor } from "./tensor.js";
import { root } from "./tensor.js";

/** Joins a kernel that has an activation in its epilogue (a size `kind`, an output `y`) with the activation that follows
 * it, where nothing else reads what lies between: one dispatch and one tensor less. Their backward pass is untouched, but for
 * kinds whose derivative is a function of y the activation's gradient reads y in place of the vanished x. */
export function fuse(graph: Graph): void {
  const forward = activation.forward[0]?.plain;
  const gradient = activation.backward[0]?.plain;
  const readers = new Map<Tensor, Call[]>();
  /** Tensors that are read under another shape too. */
  const viewed = new Set<Tensor>();
  for (const call of graph.calls)
    for (const { name, access } of call.choice.plain.bindings) {
      const tensor = call.tensors[name] as Tensor;
      if (tensor.viewOf) viewed.add(root(tensor));
      if (access === "read") readers.set(tensor, [...(readers.get(tensor) ?? []), call]);
    }
  const replaced = new Map<Call, Call | undefined>();
  for (const call of graph.calls) {
    const { plain } = call.choice;
    const between = call.tensors.y;
    if (plain === forward || !between || between.role !== "activation" || viewed.has(between)) continue;
    if (!plain.sizes.some((f) => f.name === "kind") || !plain.bindings.some(isOutputY)) continue;
    const all = readers.get(between) ?? [];
    const next = all.find((c) => c.choice.plain === forward);
    if (!next) continue;
    const kind = Number(next.overrides.KIND);
    const rest = all.filter((c) => c !== next);
    const free = rest.every((c) => c.choice.plain === gradient && !needsInput(kind) && c.tensors.x === between);
    if (!free) continue;
    const y = next.tensors.y as Tensor;
    replaced.set(next, undefined);
    replaced.set(call, {
      ...call,
      tensors: { ...call.tensors, y },
      sizes: { ...call.sizes, kind, slope: next.sizes.slope ?? defaultSlope(kind) },
    });
    for (const c of rest) replaced.set(c, { ...c, tensors: { ...c.tensors, x: y } });
  }
  const calls = graph.calls.flatMap((c) => (replaced.has(c) ? (replaced.get(c) ?? []) : [c]));
  graph.calls.splice(0, graph.calls.length, ...calls);
}

const isOutputY = (b: { name: string; access: string }): boolean => b.name === "y" && b.access === "read_write";
