import { add } from "../ops/add.js";
import type { Choice } from "../ops/op.js";
import { scale } from "../ops/scale.js";
import type { Graph, Node } from "./graph.js";
import type { Tensor } from "./tensor.js";

/** Extends a graph by the backward kernels that carry the gradient of `loss` to every weight it depends on, and to the
 * tensors of `also`. Each gradient is written once; where a tensor is used more than once, an explicit add joins the
 * contributions. Gradients of weights land in the gradient arena at the weights' offsets.
 * @param loss the output of the node that needs no incoming gradient (`total`), or outputs with the gradients that come in
 * @returns the gradient of each tensor of `also`, in order */
export function differentiate(
  graph: Graph,
  loss: Tensor | ReadonlyMap<Tensor, Tensor>,
  also: readonly Tensor[] = [],
): Tensor[] {
  const nodes = [...graph.nodes];
  const seeds = loss instanceof Map ? loss : new Map<Tensor, Tensor>();
  const ends = loss instanceof Map ? [...loss.keys()] : [loss as Tensor];
  const active = activeNodes(nodes, ends, new Set(also));
  const uses = new Map<Tensor, number>();
  for (const node of active)
    for (const name of differentiable(node)) {
      const tensor = node.tensors[name] as Tensor;
      if (active.wanted.has(tensor)) uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
    }

  const gathered = new Map<Tensor, Tensor[]>();
  const gradient = new Map<Tensor, Tensor>(seeds);
  /** Where the next contribution to a tensor's gradient goes; the last of several is followed by the adds. */
  const target = (of: Tensor): Tensor => {
    const total = uses.get(of) ?? 1;
    const parts = gathered.get(of) ?? [];
    gathered.set(of, parts);
    const made =
      total === 1 ? final(of) : graph.tensor(`d${of.name}~${parts.length + 1}`, of.shape, "f32", "activation");
    parts.push(made);
    return made;
  };
  const final = (of: Tensor): Tensor => {
    const made: Tensor =
      of.role === "weight"
        ? { ...of, name: `d${of.name}`, role: "gradient", arena: "gradient" }
        : graph.tensor(`d${of.name}`, of.shape, "f32", "activation");
    gradient.set(of, made);
    return made;
  };
  const settle = (of: Tensor): void => {
    const parts = gathered.get(of) ?? [];
    if (parts.length < 2 || parts.length < (uses.get(of) ?? 1)) return;
    let sum = parts[0] as Tensor;
    for (let i = 1; i < parts.length; i++) {
      const y = i === parts.length - 1 ? final(of) : graph.tensor(`d${of.name}~sum`, of.shape, "f32", "activation");
      emit(graph, `d${of.name}`, add, { a: sum, b: parts[i] as Tensor, y });
      sum = y;
    }
  };

  for (const node of [...active].reverse()) {
    const wants = differentiable(node).filter((name) => active.wanted.has(node.tensors[name] as Tensor));
    if (node.op.view) {
      const [x, y] = [node.tensors[node.op.inputs[0] as string] as Tensor, outputOf(node)];
      const dy = gradient.get(y);
      if (dy) viewBack(graph, x, dy, target);
      settle(x);
      continue;
    }
    for (const choice of needed(node, wants)) backward(graph, node, choice, wants, gradient, target);
    for (const name of wants) settle(node.tensors[name] as Tensor);
  }
  return also.map((tensor) => {
    const found = gradient.get(tensor);
    if (!found) throw new Error(`the loss does not depend on ${tensor.name}`);
    return found;
  });
}

/** Nodes on a path from a wanted tensor to the loss, in order. */
function activeNodes(nodes: Node[], ends: Tensor[], also: Set<Tensor>): Set<Node> & { wanted: Set<Tensor> } {
  const wanted = new Set<Tensor>(also);
  for (const node of nodes)
    for (const name of node.op.inputs) {
      const tensor = node.tensors[name];
      if (tensor?.role === "weight") wanted.add(tensor);
    }
  for (const node of nodes)
    if (differentiable(node).some((name) => wanted.has(node.tensors[name] as Tensor)))
      for (const [name, tensor] of Object.entries(node.tensors)) if (!node.op.inputs.includes(name)) wanted.add(tensor);
  const reaches = new Set<Tensor>(ends);
  const active: Node[] = [];
  for (const node of [...nodes].reverse()) {
    const made = Object.entries(node.tensors).filter(([name]) => !node.op.inputs.includes(name));
    if (!made.some(([, t]) => reaches.has(t)) || !made.some(([, t]) => wanted.has(t))) continue;
    active.push(node);
    for (const name of differentiable(node)) reaches.add(node.tensors[name] as Tensor);
  }
  return Object.assign(new Set(active.reverse()), { wanted });
}

/** Inputs of a node that its backward kernels give a gradient for. */
function differentiable(node: Node): string[] {
  if (node.op.view) return [node.op.inputs[0] as string];
  const given = new Set(node.op.backward.flatMap((c) => gives(c)));
  return node.op.inputs.filter((name) => node.tensors[name] && given.has(`d${name}`));
}

const gives = (choice: Choice): string[] =>
  choice.plain.bindings.filter((b) => b.access === "read_write" && b.name.startsWith("d")).map((b) => b.name);

/** The backward kernels of a node that lead to a gradient asked for: they give it, or what such a kernel reads. */
function needed({ op }: Node, wants: string[]): Choice[] {
  const read = new Set<string>();
  const kept = [...op.backward].reverse().filter(({ plain: { bindings } }) => {
    const written = bindings.filter((b) => b.access === "read_write").map((b) => b.name);
    if (!written.some((name) => read.has(name) || wants.some((want) => name === `d${want}`))) return false;
    for (const { name, access } of bindings) if (access === "read") read.add(name);
    return true;
  });
  return kept.reverse();
}

function backward(
  graph: Graph,
  node: Node,
  choice: Choice,
  wants: string[],
  gradient: Map<Tensor, Tensor>,
  target: (of: Tensor) => Tensor,
): void {
  const tensors: Record<string, Tensor> = { ...node.tensors };
  for (const { name, access } of choice.plain.bindings) {
    if (tensors[name]) continue;
    const of = node.tensors[name.slice(1)];
    if (access === "read_write") {
      // A gradient that nobody asked for still needs a place to be written to.
      tensors[name] =
        of && wants.includes(name.slice(1))
          ? target(of)
          : graph.tensor(`${node.label}.${name}~unused`, of?.shape ?? [1], "f32", "activation");
    } else if (of) {
      tensors[name] = gradient.get(of) ?? graph.tensor(`d${of.name}~zeros`, of.shape, "f32", "zeros");
    }
  }
  graph.call(node, choice, tensors);
}

function viewBack(graph: Graph, x: Tensor, dy: Tensor, target: (of: Tensor) => Tensor): void {
  // A view cannot take the gradient on to an arena or to a sum by name alone, so it is copied: x 1.
  emit(graph, `d${x.name}`, scale, { x: dy, y: target(x) }, { factor: 1 });
}

function outputOf(node: Node): Tensor {
  const [, tensor] = Object.entries(node.tensors).find(([name]) => !node.op.inputs.includes(name)) ?? [];
  return tensor as Tensor;
}

function emit(
  graph: Graph,
  label: string,
  op: Node["op"],
  tensors: Readonly<Record<string, Tensor>>,
  attrs: Node["attrs"] = {},
): void {
  const node: Node = { op, label, tensors, attrs };
  for (const choice of op.forward) graph.call(node, choice, tensors);
}
