import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { Dense } from "../layers/dense.js";
import { add } from "../ops/add.js";
import { concat } from "../ops/concat.js";
import { linear } from "../ops/linear.js";
import { oneHot } from "../ops/one-hot.js";
import type { AutoencoderConfig } from "./config.js";
import type { Conditional } from "./model.js";

/** How a VAE knows the class of an image (Sohn et al. 2015, "Learning structured output representation").
 * - priorMean: the prior of each class is N(m_class, I), whose means are learnt.
 * - add: relu(Linear(one-hot)) is added to the latent that the decoder is given.
 * - concat: the one-hot class stands beside what the encoder and the decoder are given. */
export type ConditionKind = "priorMean" | "add" | "concat";

/** Refuses a condition without classes, and one of another model. @throws InputError */
export function checkCondition({ kind, condition, numClasses }: AutoencoderConfig, path: string): void {
  const asked = condition ? "condition" : numClasses ? "numClasses" : undefined;
  if (asked && kind !== "vae")
    throw new InputError(`${path}.${asked} is for a "vae", and this model is "${kind}"; leave it out.`);
  if (condition && numClasses === undefined)
    throw new InputError(
      `${path}.numClasses is missing, and ${path}.condition needs it; give how many classes there are.`,
    );
  if (numClasses !== undefined && !condition)
    throw new InputError(
      `${path}.condition is missing beside ${path}.numClasses; set it to "priorMean", "add" or "concat", or leave both out.`,
    );
}

/** The parts of a conditional model that are told classes, u32 [B]. */
export class Condition implements Conditional {
  /** The prior's mean of each class, [numClasses, latentDim], where it is not 0. */
  readonly table: Tensor | undefined;
  private readonly projection: Dense | undefined;

  constructor(
    parameters: Parameters,
    readonly kind: ConditionKind,
    readonly numClasses: number,
    latentDim: number,
    init: AutoencoderConfig["init"],
  ) {
    // They begin as Keras's dense layer over one-hot classes, the tutorial's: how far apart decides its first epochs.
    if (kind === "priorMean")
      this.table = parameters.addTable("classMeans.weight", [numClasses, latentDim], {
        kind: "glorotUniform",
        fanIn: numClasses,
        fanOut: latentDim,
      });
    if (kind === "add")
      this.projection = new Dense(parameters, "projection", numClasses, latentDim, { activation: "relu", init });
  }

  get tells(): Conditional["tells"] {
    return {
      encoder: this.kind === "concat",
      decoder: this.kind !== "priorMean",
      prior: this.kind === "priorMean",
    };
  }

  /** How many numbers stand beside those of an input. */
  get width(): number {
    return this.kind === "concat" ? this.numClasses : 0;
  }

  private oneHot(graph: Graph, labels: Tensor | undefined): Tensor {
    return graph.apply(oneHot, { indices: known(labels) }, { classes: this.numClasses }, "classes").y as Tensor;
  }

  /** x [B, width] with the classes beside it, where the condition is one of these. */
  beside(graph: Graph, x: Tensor, labels: Tensor | undefined): Tensor {
    if (this.kind !== "concat") return x;
    return graph.apply(concat, { a: x, b: this.oneHot(graph, labels) }, {}, "with-classes").y as Tensor;
  }

  /** z as the decoder is given it. */
  latent(graph: Graph, z: Tensor, labels: Tensor | undefined): Tensor {
    if (!this.projection) return this.beside(graph, z, labels);
    const shift = this.projection.apply(graph, this.oneHot(graph, labels));
    return graph.apply(add, { a: z, b: shift }, {}, "with-classes").y as Tensor;
  }

  means(graph: Graph, labels: Tensor): Tensor {
    const w = this.table as Tensor;
    return graph.apply(linear, { x: this.oneHot(graph, labels), w }, {}, "class-means").y as Tensor;
  }
}

/** @throws InputError where there are none */
export function known<T>(labels: T | undefined): T {
  if (labels === undefined)
    throw new InputError("A conditional model is told the class of each image, and its graph was given no labels.");
  return labels;
}
