import type { Device } from "../../src/gpu/device.js";
import { Program } from "../../src/gpu/program.js";
import { differentiate } from "../../src/graph/differentiate.js";
import { Graph } from "../../src/graph/graph.js";
import { Parameters } from "../../src/graph/parameters.js";
import { Plan } from "../../src/graph/plan.js";
import type { Tensor } from "../../src/graph/tensor.js";
import type { GoldenTensor, Got } from "./contract.js";

type Tensors = Readonly<Record<string, Tensor>>;

export interface Question {
  /** Inputs by name. */
  readonly given: Readonly<Record<string, GoldenTensor>>;
  /** Applies ops to the inputs; gives outputs by name. */
  readonly build: (graph: Graph, inputs: Tensors) => Tensors;
  /** The gradient that comes in at each output named. */
  readonly upstream?: Readonly<Record<string, GoldenTensor>>;
  /** Inputs whose gradients are asked for. */
  readonly wants?: readonly string[];
  /** Values of the step uniform that the kernels read. */
  readonly step?: Readonly<Record<string, number>>;
}

const shapeOf = ({ shape }: GoldenTensor): readonly number[] => (shape.length === 0 ? [1] : shape);

/** Builds a tiny graph, runs it forward and backward on the device, and reads the outputs and the gradients `d` + input. */
export async function evaluate(
  device: Device,
  { given, build, upstream = {}, wants = [], step = {} }: Question,
): Promise<Got> {
  const graph = new Graph(new Parameters());
  const values = new Map<Tensor, GoldenTensor>();
  const enter = (name: string, value: GoldenTensor): Tensor => {
    const tensor = graph.input(name, shapeOf(value), value.data instanceof Int32Array ? "u32" : "f32");
    values.set(tensor, value);
    return tensor;
  };
  const inputs = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, enter(name, value)]));
  const outputs = build(graph, inputs);
  const seeds = new Map(Object.entries(upstream).map(([name, value]) => [outputs[name], enter(`d${name}~up`, value)]));
  const gradients =
    wants.length > 0
      ? differentiate(
          graph,
          seeds,
          wants.map((name) => inputs[name]),
        )
      : [];
  const kept: [string, Tensor][] = [
    ...Object.entries(outputs),
    ...gradients.map((tensor, i): [string, Tensor] => [`d${wants[i]}`, tensor]),
  ];
  for (const [, tensor] of kept) graph.keep(tensor);
  const plan = new Plan(graph, device);
  const program = new Program(device, plan);
  try {
    for (const [{ name }, { data }] of values)
      if (program.has(name)) program.write(name, data instanceof Int32Array ? Uint32Array.from(data) : data);
    program.run([step]);
    const got: Got = {};
    for (const [name, tensor] of kept) got[name] = await program.read(tensor.name);
    return got;
  } finally {
    program.dispose();
  }
}

/** A matrix [R, C] turned to [C, R]: PyTorch keeps weights [O, I] and we [I, O]. */
export function transpose(data: ArrayLike<number>, rows: number): Float32Array {
  const columns = data.length / rows;
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
}
