import type { Graph } from "../graph/graph.js";
import { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { activate } from "../layers/activate.js";
import { Conv2d } from "../layers/conv.js";
import { Dense } from "../layers/dense.js";
import { crossEntropy } from "../ops/cross-entropy.js";
import { elements, type Shape } from "../ops/op.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import type { ClassifierConfig } from "./classifier-config.js";
import { stages } from "./config.js";
import type { Forward, Learner } from "./model.js";

/** Logits of the classes of images. In PyTorch's names `layers` is an nn.Sequential, whose activations and Flatten count as
 * modules. */
export class Classifier implements Learner {
  readonly parameters = new Parameters();
  /** Numbers in an image. */
  readonly width: number;
  private readonly steps: ((graph: Graph, x: Tensor) => Tensor)[] = [];

  constructor(readonly config: ClassifierConfig) {
    const { hiddenDims, numClasses, init, channels = [], activation = "relu" } = config;
    this.width = elements(config.inputShape);
    const { strides, sizes } = stages({ ...config, channels });
    let at = 0;
    if (channels.length > 0) this.steps.push(reshaped(sizes[0] as Shape, "pictures"));
    strides.forEach((stride, i) => {
      const [inputs, outputs] = [sizes[i]?.[2] as number, sizes[i + 1]?.[2] as number];
      const conv = new Conv2d(this.parameters, `layers.${at}`, { inputs, outputs, stride, init });
      this.steps.push((graph, x) => activate(graph, conv.apply(graph, x), activation, conv.name));
      at += 2;
    });
    const smallest = sizes.at(-1) as Shape;
    if (channels.length > 0) {
      this.steps.push(reshaped([elements(smallest)], "flat"));
      at += 1;
    }
    [...hiddenDims, numClasses].forEach((outputs, i) => {
      const dense = new Dense(this.parameters, `layers.${at}`, hiddenDims[i - 1] ?? elements(smallest), outputs, {
        activation: i < hiddenDims.length ? activation : "none",
        init,
        ...(i === 0 && { flattened: { inputs: smallest[2] as number } }),
      });
      this.steps.push((graph, x) => dense.apply(graph, x));
      at += 2;
    });
  }

  /** x [B, D] to [B, numClasses]. */
  logits(graph: Graph, x: Tensor): Tensor {
    return this.steps.reduce((t, step) => step(graph, t), x);
  }

  /** The loss term nll, the cross-entropy of the labels u32 [B] in nats an image, and the logits. */
  forward(graph: Graph, { input, labels }: { readonly input: Tensor; readonly labels: Tensor }): Forward {
    const output = this.logits(graph, input);
    const { loss } = graph.apply(crossEntropy, { x: output, t: labels }, {}, "crossEntropy");
    return { terms: [{ name: "nll", tensor: loss as Tensor }], output };
  }
}

/** The rows of a batch under another shape, channels last. */
const reshaped =
  (shape: Shape, name: string) =>
  (graph: Graph, x: Tensor): Tensor =>
    graph.apply(reshape, { x }, reshapeTo([x.shape[0] as number, ...shape]), name).y as Tensor;
