import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { Dense } from "../layers/dense.js";
import { activation, activations } from "../ops/activation.js";
import { bceLogits } from "../ops/bce-logits.js";
import { convTranspose2d } from "../ops/conv-transpose2d.js";
import { conv2d, samePadding } from "../ops/conv2d.js";
import type { Attrs, Op, Shape } from "../ops/op.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import type { Workload } from "./measure.js";
import { prepareTraining } from "./training.js";

const BATCH = 32;
const CODE = 16;
const flat = 7 * 7 * 64;

/** A 3x3 layer: from `inputs` channels to `outputs`, the wide side `size` pixels, padded "SAME". */
interface Layer {
  readonly name: string;
  readonly op: Op;
  readonly inputs: number;
  readonly outputs: number;
  readonly size: number;
  readonly stride: number;
}

const down: readonly Layer[] = [
  { name: "c1", op: conv2d, inputs: 1, outputs: 32, size: 28, stride: 2 },
  { name: "c2", op: conv2d, inputs: 32, outputs: 64, size: 14, stride: 2 },
];
const up: readonly Layer[] = [
  { name: "t1", op: convTranspose2d, inputs: 64, outputs: 64, size: 14, stride: 2 },
  { name: "t2", op: convTranspose2d, inputs: 64, outputs: 32, size: 28, stride: 2 },
  { name: "o", op: conv2d, inputs: 32, outputs: 1, size: 28, stride: 1 },
];

/** Multiply-adds of one image, forward: a product a tap, a pair of channels and a pixel of the narrow side. */
const products = (layers: readonly Layer[]): number =>
  layers.reduce((n, l) => n + 9 * l.inputs * l.outputs * (l.size / l.stride) ** 2, 0);
const forward = products(down) + products(up) + 2 * flat * CODE;

type Apply = (graph: Graph, x: Tensor) => Tensor;

function convolution(parameters: Parameters, { name, op, inputs, outputs, size, stride }: Layer): Apply {
  const shape: Shape = op === conv2d ? [3, 3, inputs, outputs] : [3, 3, outputs, inputs];
  const w = parameters.add(`${name}.weight`, shape, { kind: "glorotUniform", fanIn: 9 * inputs, fanOut: 9 * outputs });
  const bias = parameters.add(`${name}.bias`, [outputs], { kind: "zeros" });
  const [before, after] = samePadding(size, 3, stride);
  const attrs: Attrs = {
    strideH: stride,
    strideW: stride,
    padTop: before,
    padLeft: before,
    padBottom: after,
    padRight: after,
  };
  return (graph, x) => graph.apply(op, { x, w, bias }, attrs, name).y;
}

/** A convolutional autoencoder's training step. */
export const w2: Workload = {
  name: "W2",
  what: "conv AE step: 28x28x1, conv3 s2 32, conv3 s2 64, dense 16, 3136, convT3 s2 64, 32, conv3 1, BCE, Adam, batch 32",
  // Forward and the gradients of weights and inputs; the first layer needs no gradient of x.
  flops: 2 * BATCH * (3 * forward - products(down.slice(0, 1))),
  prepare(device) {
    const parameters = new Parameters();
    const reshaped = (graph: Graph, x: Tensor, ...shape: number[]): Tensor =>
      graph.apply(reshape, { x }, reshapeTo([BATCH, ...shape])).y;
    const relu: Apply = (graph, x) => graph.apply(activation, { x }, { kind: activations.relu }, "relu").y;
    const encoder = down.map((layer) => convolution(parameters, layer));
    const code = new Dense(parameters, "d1", flat, CODE, { init: "keras" });
    const decode = new Dense(parameters, "d2", CODE, flat, { init: "keras", activation: "relu" });
    const decoder = up.map((layer) => convolution(parameters, layer));
    return prepareTraining(device, {
      parameters,
      batch: BATCH,
      width: 784,
      terms: (graph, x) => {
        let h = reshaped(graph, x, 28, 28, 1);
        for (const layer of encoder) h = relu(graph, layer(graph, h));
        h = decode.apply(graph, code.apply(graph, reshaped(graph, h, flat)));
        h = reshaped(graph, h, 7, 7, 64);
        decoder.forEach((layer, i) => {
          h = layer(graph, i === 0 ? h : relu(graph, h));
        });
        return [graph.apply(bceLogits, { x: reshaped(graph, h, 784), t: x }, {}, "recon").loss];
      },
    });
  },
};
