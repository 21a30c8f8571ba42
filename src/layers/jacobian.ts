import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { activations, defaultSlope } from "../ops/activation.js";
import { activationTangent } from "../ops/activation-tangent.js";
import { add } from "../ops/add.js";
import { linear } from "../ops/linear.js";
import { mse } from "../ops/mse.js";
import { mul } from "../ops/mul.js";
import { noise } from "../ops/noise.js";
import type { Shape } from "../ops/op.js";
import { reduce } from "../ops/reduce.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { scale } from "../ops/scale.js";
import { slice } from "../ops/slice.js";
import { streams } from "../random/philox.js";
import type { Dense } from "./dense.js";

/** What a chain of dense layers gives, and how strongly it depends on what it is given. */
export interface Contracted {
  readonly y: Tensor;
  /** ||dy/dx||_F^2 a row, [B]. */
  readonly norm: Tensor;
}

/** The squared Frobenius norm of the Jacobian of dense layers, row by row (Rifai et al. 2011, "Contractive auto-encoders").
 * Without `projections` it is exact and there must be one layer: sum_j f'(a_j)^2 sum_i w_ij^2. With them it is the mean of
 * ||J u||^2 over so many directions u ~ N(0, I), drawn anew each step, whose expectation is ||J||_F^2, for any number of layers. */
export function jacobianNorm(graph: Graph, layers: readonly Dense[], x: Tensor, projections?: number): Contracted {
  return projections === undefined ? exact(graph, layers[0] as Dense, x) : projected(graph, layers, x, projections);
}

const kindOf = ({ activation }: Dense): { kind: number; slope: number } => {
  const kind = activations[activation];
  return { kind, slope: defaultSlope(kind) };
};

function exact(graph: Graph, layer: Dense, x: Tensor): Contracted {
  const { y, before } = layer.steps(graph, x);
  const norm = graph.scope(`${layer.name}.jacobian`, () => {
    const { y: slopes } = graph.apply(activationTangent, { x: before }, kindOf(layer), "slopes");
    const { y: squares } = graph.apply(mul, { a: slopes, b: slopes }, {}, "squares");
    const { y: weights } = graph.apply(mul, { a: layer.w, b: layer.w }, {}, "weights");
    const { y: norms } = graph.apply(reduce, { x: weights }, { from: 0, to: 1 }, "norms");
    const column = shaped(graph, norms, [layer.outputs, 1], "column");
    const { y: sums } = graph.apply(linear, { x: squares, w: column }, {}, "sums");
    return shaped(graph, sums, [x.shape[0] as number], "norm");
  });
  return { y, norm };
}

function projected(graph: Graph, layers: readonly Dense[], x: Tensor, projections: number): Contracted {
  const [B, I] = x.shape as [number, number];
  const befores: Tensor[] = [];
  const y = layers.reduce((at, layer) => {
    const { y: next, before } = layer.steps(graph, at);
    befores.push(before);
    return next;
  }, x);
  const norm = graph.scope("jacobian", () => {
    const drawn = { rows: projections * B, width: I, stream: streams.projection };
    const { y: directions } = graph.apply(noise, {}, drawn, "directions");
    const norms = Array.from({ length: projections }, (_, k) => {
      const part = { axis: 0, from: k * B, to: (k + 1) * B };
      const start = projections === 1 ? directions : graph.apply(slice, { x: directions }, part, "direction").y;
      const tangent = layers.reduce((t, layer, l) => along(graph, layer, befores[l] as Tensor, t), start as Tensor);
      const zeros = graph.tensor("zeros", tangent.shape, "f32", "zeros");
      return graph.apply(mse, { x: tangent, t: zeros }, {}, "norm").loss as Tensor;
    });
    const sum = norms.reduce((a, b) => graph.apply(add, { a, b }, {}, "sum").y as Tensor);
    return projections === 1 ? sum : (graph.apply(scale, { x: sum }, { factor: 1 / projections }, "mean").y as Tensor);
  });
  return { y, norm };
}

/** The derivative of a layer along t: activation'(before) (t w). */
function along(graph: Graph, layer: Dense, before: Tensor, t: Tensor): Tensor {
  const { y } = graph.apply(linear, { x: t, w: layer.w }, {}, `${layer.name}.tangent`);
  if (layer.activation === "none") return y as Tensor;
  return graph.apply(activationTangent, { x: before, t: y }, kindOf(layer), `${layer.name}.tangent.${layer.activation}`)
    .y as Tensor;
}

const shaped = (graph: Graph, x: Tensor, shape: Shape, name: string): Tensor =>
  graph.apply(reshape, { x }, reshapeTo(shape), name).y as Tensor;
