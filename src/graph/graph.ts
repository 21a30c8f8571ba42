import { InputError } from "../errors.js";
import type { Kernel } from "../gpu/kernel.js";
import type { Attrs, Choice, DType, Op, Shape, Shapes, Sizes } from "../ops/op.js";
import type { Parameters } from "./parameters.js";
import type { Role, Tensor } from "./tensor.js";
import { root } from "./tensor.js";

/** An op applied to tensors: inputs, outputs and saved values by the WGSL variable's name. */
export interface Node {
  readonly op: Op;
  /** Where it stands in the model: `decoder.0`. */
  readonly label: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly attrs: Attrs;
}

/** One kernel to run: the line of a plan before memory and grid are settled. */
export interface Call {
  readonly choice: Choice;
  readonly label: string;
  /** Tensors by binding name. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly sizes: Sizes;
  readonly overrides: Attrs;
}

/** Nodes in order, built by layers and extended by `differentiate` and an optimizer. Pure data, no GPU. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly calls: Call[] = [];
  private readonly names = new Set<string>();
  private readonly path: string[] = [];
  private readonly waiting: (() => void)[] = [];

  /** @param training whether layers that differ then (batch norm) train: take the batch's statistics and learn from them */
  constructor(
    readonly parameters: Parameters,
    readonly training = false,
  ) {}

  /** Runs `build` with `name` added to the labels of what it makes. */
  scope<T>(name: string, build: () => T): T {
    this.path.push(name);
    try {
      return build();
    } finally {
      this.path.pop();
    }
  }

  /** Puts off what changes values that backward kernels still read, until `settle`. */
  later(build: () => void): void {
    this.waiting.push(build);
  }

  /** Appends what was put off: once the gradients and the update of the weights are there. */
  settle(): void {
    for (const build of this.waiting.splice(0)) build();
  }

  /** A tensor that the host writes before a run. */
  input(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
    return this.tensor(name, shape, dtype, "input");
  }

  /** A tensor of a given role under a name made unique in this graph. */
  tensor(name: string, shape: Shape, dtype: DType, role: Role, viewOf?: Tensor): Tensor {
    let unique = name;
    for (let i = 2; this.names.has(unique); i++) unique = `${name}.${i}`;
    this.names.add(unique);
    return viewOf ? { name: unique, shape, dtype, role, viewOf } : { name: unique, shape, dtype, role };
  }

  /** Keeps a tensor readable after a run. */
  keep(tensor: Tensor): Tensor {
    const owner = root(tensor);
    if (owner.role === "activation") owner.role = "output";
    return tensor;
  }

  /** Applies an op: checks shapes, names outputs, appends its forward kernels. Gives the node's tensors by name. */
  apply(
    op: Op,
    inputs: Readonly<Record<string, Tensor>>,
    attrs: Attrs = {},
    name: string = op.name,
  ): Readonly<Record<string, Tensor>> {
    const label = [...this.path, name].join(".");
    for (const input of op.inputs)
      if (!inputs[input] && !op.optional?.[input])
        throw new InputError(`${label}: ${op.name} needs the input "${input}".`);
    for (const input of Object.keys(inputs))
      if (!op.inputs.includes(input)) throw new InputError(`${label}: ${op.name} has no input "${input}".`);
    const shapes: Record<string, Shape> = shapesOf(inputs);
    const tensors: Record<string, Tensor> = { ...inputs };
    const outputs = op.outputs(shapes, attrs);
    const keys = Object.keys(outputs);
    for (const key of keys) {
      shapes[key] = outputs[key] as Shape;
      tensors[key] = this.tensor(
        keys.length === 1 ? label : `${label}.${key}`,
        outputs[key] as Shape,
        op.types?.[key] ?? "f32",
        "activation",
        op.view ? inputs[op.inputs[0] as string] : undefined,
      );
    }
    for (const [key, shape] of Object.entries(op.saved?.(shapes, attrs) ?? {}))
      tensors[key] = this.tensor(`${label}.${key}`, shape, op.types?.[key] ?? "f32", "activation");
    const node: Node = { op, label, tensors, attrs };
    this.nodes.push(node);
    for (const choice of op.forward) this.call(node, choice, tensors);
    return tensors;
  }

  /** Appends one kernel of a node. `tensors` holds at least what the kernel binds, optional inputs aside. */
  call(node: Node, choice: Choice, tensors: Readonly<Record<string, Tensor>>): void {
    const shapes = shapesOf(node.tensors);
    const bound: Record<string, Tensor> = {};
    for (const { name } of choice.plain.bindings) {
      const stand = tensors[name] ?? tensors[node.op.optional?.[name] ?? ""];
      if (!stand) throw new Error(`${node.label}: ${choice.plain.name} binds "${name}", which the node does not have`);
      bound[name] = stand;
    }
    this.calls.push({
      choice,
      label: node.label,
      tensors: bound,
      sizes: pick(node.op.sizes(shapes, node.attrs), choice.plain),
      overrides: node.op.overrides?.(shapes, node.attrs) ?? {},
    });
  }
}

function shapesOf(tensors: Readonly<Record<string, Tensor>>): Record<string, Shape> {
  return Object.fromEntries(Object.entries(tensors).map(([k, t]) => [k, t.shape])) satisfies Shapes;
}

function pick(sizes: Sizes, kernel: Kernel): Sizes {
  return Object.fromEntries(
    kernel.sizes.map(({ name }) => {
      const value = sizes[name];
      if (value === undefined) throw new Error(`${kernel.name}: the op's size rule does not give ${name}`);
      return [name, value];
    }),
  );
}
