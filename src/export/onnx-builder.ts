import type { OnnxAttribute, OnnxNode, OnnxTensor } from "../formats/onnx.js";
import type { Tensor } from "../graph/tensor.js";
import type { Arenas } from "../models/torch-layout.js";
import { elements, type Shape } from "../ops/op.js";

/** Gathers an ONNX graph node by node. Values go by name. */
export class OnnxBuilder {
  readonly nodes: OnnxNode[] = [];
  private readonly named = new Map<string, OnnxTensor>();
  private readonly values = new Map<Tensor, string>();
  private count = 0;

  constructor(private readonly arenas: Arenas) {}

  get constants(): readonly OnnxTensor[] {
    return [...this.named.values()];
  }

  /** Appends a node with one output. @returns the output's name */
  node(type: string, inputs: readonly string[], attributes: OnnxNode["attributes"] = {}, output?: string): string {
    return this.nodeOf(type, inputs, attributes, [output ?? `${type}_${this.count}`])[0] as string;
  }

  /** The same for several outputs, by their names. */
  nodeOf(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: readonly string[],
  ): readonly string[] {
    this.nodes.push({ type, name: `${type}.${this.count++}`, inputs, outputs, attributes });
    return outputs;
  }

  /** Floats as a constant; one number is a scalar. */
  floats(values: number | readonly number[]): string {
    const data = Float32Array.from([values].flat());
    return this.constant(`floats_${this.named.size}`, typeof values === "number" ? [] : [data.length], data);
  }

  /** Whole numbers as a constant; one number is a scalar. */
  whole(values: number | readonly number[]): string {
    const data = BigInt64Array.from([values].flat(), BigInt);
    return this.constant(`whole_${this.named.size}`, typeof values === "number" ? [] : [data.length], data);
  }

  private constant(name: string, dims: readonly number[], data: OnnxTensor["data"]): string {
    this.named.set(name, { name, dims, data });
    return name;
  }

  /** Says by which name a tensor goes. */
  bind(tensor: Tensor, name: string): void {
    this.values.set(tensor, name);
  }

  /** The name of a tensor; a parameter becomes a constant. */
  value(tensor: Tensor): string {
    const known = this.values.get(tensor);
    if (known !== undefined) return known;
    return this.parameter(tensor, tensor.name, tensor.shape, (i) => i);
  }

  /** A tensor with its axes in another order: a parameter is laid out so, anything else is turned in the graph. */
  transposed(tensor: Tensor, order: readonly number[]): string {
    const known = this.values.get(tensor);
    if (known !== undefined) return this.node("Transpose", [known], { perm: order });
    const { shape } = tensor;
    const strides = shape.map((_, axis) => elements(shape.slice(axis + 1)));
    const turned = order.map((axis) => shape[axis] as number);
    const place = (i: number): number => {
      let [rest, at] = [i, 0];
      for (let axis = turned.length - 1; axis >= 0; axis--) {
        const size = turned[axis] as number;
        at += (rest % size) * (strides[order[axis] as number] as number);
        rest = Math.floor(rest / size);
      }
      return at;
    };
    return this.parameter(tensor, `${tensor.name}.${order.join("")}`, turned, place);
  }

  private parameter(tensor: Tensor, name: string, dims: Shape, place: (i: number) => number): string {
    const arena = this.arenas[tensor.arena as keyof Arenas];
    if (!arena) throw new Error(`${tensor.name} is neither computed nor a parameter`);
    if (!this.named.has(name)) {
      const first = tensor.offset ?? 0;
      const data = Float32Array.from({ length: elements(dims) }, (_, i) => arena[first + place(i)] as number);
      this.named.set(name, { name, dims, data });
    }
    return name;
  }
}
