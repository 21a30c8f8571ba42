import { InputError } from "../errors.js";
import { encodeOnnx, type OnnxModel, type OnnxValue } from "../formats/onnx.js";
import type { Graph, Node } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Arenas } from "../models/torch-layout.js";
import { OnnxBuilder } from "./onnx-builder.js";
import { rules } from "./onnx-rules.js";

/** The opset that every runtime of today reads. */
export const opset = 17;

/** An input or output of a file, and the tensor of the graph that it is. */
export interface Port {
  readonly name: string;
  readonly tensor: Tensor;
  /** Pictures [B, H W C] of the graph are [batch, C, H, W] in the file. */
  readonly image?: readonly [C: number, H: number, W: number];
}

export interface GraphFile {
  readonly name: string;
  readonly doc: string;
  readonly producer: OnnxModel["producer"];
  readonly graph: Graph;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** The nodes that outputs depend on, in order. */
function needed(graph: Graph, outputs: readonly Tensor[]): Node[] {
  const wanted = new Set(outputs);
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const made = Object.entries(node.tensors).filter(([name]) => !node.op.inputs.includes(name));
    if (!made.some(([, tensor]) => wanted.has(tensor))) continue;
    for (const name of node.op.inputs) {
      const tensor = node.tensors[name];
      if (tensor) wanted.add(tensor);
    }
    kept.push(node);
  }
  return kept.reverse();
}

const portValue = ({ name, tensor, image }: Port): OnnxValue => ({
  name,
  type: tensor.dtype === "f32" ? "float" : "int64",
  dims: ["batch", ...(image ?? tensor.shape.slice(1))],
});

/** The bytes of an ONNX file (opset 17) of a graph, whose first axis becomes a batch of any length.
 * @throws InputError naming the op that ONNX has no form of here */
export function graphToOnnx({ name, doc, producer, graph, inputs, outputs }: GraphFile, arenas: Arenas): Uint8Array {
  const b = new OnnxBuilder(arenas);
  for (const { name: input, tensor, image } of inputs) {
    if (!image) {
      b.bind(tensor, input);
      continue;
    }
    const last = b.node("Transpose", [input], { perm: [0, 2, 3, 1] });
    b.bind(tensor, b.node("Reshape", [last, b.whole([-1, tensor.shape[1] as number])]));
  }
  const kept = needed(
    graph,
    outputs.map(({ tensor }) => tensor),
  );
  for (const node of kept) {
    const rule = rules[node.op.name];
    if (!rule)
      throw new InputError(
        `${node.label}: the op "${node.op.name}" has no form in ONNX here; export to safetensors or torch instead.`,
      );
    for (const [output, value] of Object.entries(rule(b, node))) b.bind(node.tensors[output] as Tensor, value);
  }
  for (const { name: output, tensor, image } of outputs) {
    const value = b.value(tensor);
    if (!image) b.node("Identity", [value], {}, output);
    else {
      const [C, H, W] = image;
      b.node("Transpose", [b.node("Reshape", [value, b.whole([-1, H, W, C])])], { perm: [0, 3, 1, 2] }, output);
    }
  }
  return encodeOnnx({
    name,
    doc,
    producer,
    opset,
    nodes: b.nodes,
    constants: b.constants,
    inputs: inputs.map(portValue),
    outputs: outputs.map(portValue),
  });
}
