import type { Device } from "../../src/gpu/device.js";
import { Program } from "../../src/gpu/program.js";
import { differentiate } from "../../src/graph/differentiate.js";
import { fuse } from "../../src/graph/fuse.js";
import { Graph } from "../../src/graph/graph.js";
import { Parameters } from "../../src/graph/parameters.js";
import { Plan } from "../../src/graph/plan.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { activate } from "../../src/layers/activate.js";
import { Dense } from "../../src/layers/dense.js";
import { Embedding } from "../../src/layers/embedding.js";
import { MaskedConv2d } from "../../src/layers/masked-conv2d.js";
import { fromTorch, toTorch } from "../../src/models/torch-layout.js";
import { add } from "../../src/ops/add.js";
import { crossEntropy } from "../../src/ops/cross-entropy.js";
import { RING_LINES, RING_WIDTH, total } from "../../src/ops/total.js";
import { createOptimizer } from "../../src/train/optimizer.js";
import type { GoldenCase, Got, Runner } from "./contract.js";

const isMask = (name: string): boolean => name.endsWith(".mask");
/** PyTorch's 1 x 1 convolution is our dense layer. */
const denseShape = (shape: readonly number[]): readonly number[] =>
  shape.length === 4 && shape[2] === 1 ? shape.slice(0, 2) : shape;

/** The plain PixelCNN of the file: embedding, a mask A, blocks x + B(relu(x)), relu and a 1 x 1 convolution; our layers. */
function logits(parameters: Parameters, { params }: GoldenCase): (graph: Graph, codes: Tensor) => Tensor {
  const { codes: K, ch, blocks } = params as { codes: number; ch: number; blocks: number };
  const conv = (name: string, mask: "A" | "B", side: number) =>
    new MaskedConv2d(parameters, name, { inputs: ch, outputs: ch, kernel: [side, side], mask });
  const embedding = new Embedding(parameters, "emb", K, ch);
  const first = conv("a", "A", 7);
  const rest = Array.from({ length: blocks }, (_, i) => conv(`b.${i}`, "B", 3));
  const out = new Dense(parameters, "out", ch, K);
  return (graph, codes) => {
    const x = rest.reduce(
      (a, layer) => {
        const b = layer.apply(graph, activate(graph, a, "relu", layer.name));
        return graph.apply(add, { a, b }).y as Tensor;
      },
      first.apply(graph, embedding.apply(graph, codes)),
    );
    return out.apply(graph, activate(graph, x, "relu", "out"));
  };
}

/** Adam steps on one batch: the gradient at the first, the loss before each, the weights after them. */
export const pixelCnn: Runner = async (device: Device, item) => {
  const idx = item.input("idx");
  const initial = item.inputs("p0/");
  const { lr, betas, eps } = item.params.adam as { lr: number; betas: [number, number]; eps: number };
  const optimizer = createOptimizer({ kind: "adam", lr, betas, eps });
  const parameters = new Parameters();
  const build = logits(parameters, item);
  const graph = new Graph(parameters, true);
  const codes = graph.input("codes", idx.shape, "u32");
  const { loss } = graph.apply(crossEntropy, { x: build(graph, codes), t: codes });
  const ring = graph.tensor("ring", [RING_LINES, RING_WIDTH], "f32", "ring");
  differentiate(graph, graph.apply(total, { term0: loss as Tensor, ring }).loss as Tensor);
  optimizer.append(graph);
  fuse(graph);
  const program = new Program(device, new Plan(graph, device));
  try {
    const weights = new Map(
      [...initial].flatMap(([name, { shape, data }]) =>
        isMask(name) ? [] : [[name, { shape: denseShape(shape), data: data as Float32Array }] as const],
      ),
    );
    program.writeBuffer("weight arena", fromTorch(parameters, weights, item.name).weight);
    for (const name of optimizer.arenas) program.writeBuffer(`${name} arena`, new Float32Array(parameters.arenaLength));
    program.write("codes", Uint32Array.from(idx.data));
    const got: Got = {};
    const keep = async (prefix: string, arena: string): Promise<void> => {
      const state = toTorch(parameters, new Float32Array(await program.readBuffer(`${arena} arena`)));
      for (const [name, { data }] of state) got[`${prefix}/${name}`] = data;
    };
    const steps = item.number("steps");
    for (let step = 0; step < steps; step++) {
      program.run([{ rows: idx.data.length, slot: step, weight0: 1, ...optimizer.stepValues(step + 1, lr) }]);
      if (step === 0) await keep("g0", "gradient");
    }
    await keep(`p${steps}`, "weight");
    const lines = new Float32Array(await program.readBuffer("ring"));
    return { ...got, losses: Array.from({ length: steps }, (_, step) => lines[step * RING_WIDTH] as number) };
  } finally {
    program.dispose();
  }
};
