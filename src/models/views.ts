import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { concat } from "../ops/concat.js";
import { elements, type Shape } from "../ops/op.js";
import { codeColours } from "../ops/picture.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { assertCoded, type Model } from "./model.js";

/** How pictures stand on a canvas. */
export interface Layout {
  /** Pictures a row. Default: as square as they go; of a reconstruction all of them. */
  readonly columns?: number;
  /** Pixels of the canvas along a picture's pixel. Default 1: the page enlarges them. */
  readonly scale?: number;
  /** Pixels between pictures. Default 1. */
  readonly gap?: number;
  /** Class of each row [N], of a conditional model. */
  readonly labels?: ArrayLike<number>;
}

/** What is drawn of a model, as it is at the time. Images are rows of H * W * C numbers in [0, 1], channels last. */
export type View =
  /** Pictures of latents [N, latentDim]: draws from the prior, a traversal, a manifold, one point of it. */
  | (Layout & { readonly kind: "decode"; readonly values: Float32Array })
  /** Images [N, H, W, C] over their reconstructions, or these alone. */
  | (Layout & { readonly kind: "reconstruct"; readonly values: Float32Array; readonly alone?: boolean })
  /** Maps of the codes of images, each code in its colour; of a model with several sets of codes the one told. */
  | (Layout & { readonly kind: "codes"; readonly values: Float32Array; readonly set?: number })
  /** Pictures of codes: the maps [N, height, width] of each set, one behind the other. */
  | (Layout & { readonly kind: "picture"; readonly values: Uint32Array })
  /** Where the training data lie in latent space: a dot an image, by its label's colour; `range` (default 4) is at the edges. */
  | {
      readonly kind: "scatter";
      /** Two latent dimensions: to the right and upwards. Default 0 and 1. */
      readonly dims?: readonly [number, number];
      readonly range?: number;
      /** Pixels a side. Default 480. */
      readonly size?: number;
    };

/** What a view takes from the host, and the graph that makes images [N, H, W, C] of it. */
export interface Parts {
  readonly inputs: readonly { readonly name: string; readonly tensor: Tensor; readonly length: number }[];
  readonly images: Tensor;
  /** The class of each row, where a part of the model that the view runs is told. */
  readonly labels?: Tensor;
  /** Where the caller does not say. */
  readonly columns: number;
}

/** Adds a view of pictures to a graph.
 * @throws InputError where the numbers do not make whole rows, or the model has no such view */
export function buildView(graph: Graph, model: Model, view: Exclude<View, { kind: "scatter" }>): Parts {
  const [C, H, W] = model.config.inputShape as [number, number, number];
  const rows = (width: number): number => {
    const count = view.values.length / width;
    if (!(Number.isInteger(count) && count > 0))
      throw new InputError(
        `${view.kind} takes rows of ${width} numbers and got ${view.values.length}; check the shape.`,
      );
    return count;
  };
  const input = (name: string, shape: Shape, dtype: "f32" | "u32" = "f32") => {
    const tensor = graph.input(name, shape, dtype);
    return { name, tensor, length: elements(shape) };
  };
  const images = (x: Tensor, count: number): Tensor =>
    graph.apply(reshape, { x }, reshapeTo([count, H, W, C]), "images").y as Tensor;
  const square = (count: number): number => Math.ceil(Math.sqrt(count));
  const labelled = (N: number, ...parts: readonly ("encoder" | "decoder")[]): { readonly labels?: Tensor } =>
    parts.some((part) => model.conditional?.tells[part]) ? { labels: graph.input("view.labels", [N], "u32") } : {};
  if (view.kind === "decode") {
    const N = rows(model.latentDim);
    const z = input("view.z", [N, model.latentDim]);
    const told = labelled(N, "decoder");
    const made = model.decode(graph, z.tensor, told.labels);
    return { inputs: [z], images: images(made, N), columns: square(N), ...told };
  }
  if (view.kind === "picture") {
    const { levels, picture } = assertCoded(model);
    const sets = levels.flatMap(({ height, width, sets }) => sets.map(() => [height, width] as const));
    const N = rows(sets.reduce((n, [h, w]) => n + h * w, 0));
    const inputs = sets.map((sides, i) => input(`view.codes${i}`, [N, ...sides], "u32"));
    const made = picture(
      graph,
      inputs.map(({ tensor }) => tensor),
    );
    return { inputs, images: images(made, N), columns: square(N) };
  }
  const N = rows(model.width);
  const x = input("view.x", [N, model.width]);
  if (view.kind === "codes") {
    const choice = assertCoded(model).choose(graph, x.tensor)[view.set ?? 0];
    if (!choice) throw new InputError(`There is no set of codes ${view.set}; they count from 0.`);
    return { inputs: [x], images: graph.apply(codeColours, { indices: choice.indices }).y, columns: square(N) };
  }
  const told = labelled(N, "encoder", "decoder");
  const y = model.decode(graph, codeOf(graph, model, x.tensor, told.labels), told.labels);
  const shown = view.alone ? y : (graph.apply(concat, { a: x.tensor, b: y }, { axis: 0 }, "rows").y as Tensor);
  const count = view.alone ? N : 2 * N;
  return { inputs: [x], images: images(shown, count), columns: view.alone ? square(N) : N, ...told };
}

/** The latents of images, a tensor of its own: of a VAE the means. */
export function codeOf(graph: Graph, model: Model, x: Tensor, labels?: Tensor): Tensor {
  const only = { axis: 1, from: 0, to: model.latentDim };
  return graph.apply(slice, { x: model.encode(graph, x, labels) }, only, "view.code").y as Tensor;
}
