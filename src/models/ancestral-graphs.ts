import { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Dense } from "../layers/dense.js";
import type { Embedding } from "../layers/embedding.js";
import type { GatedLayer } from "../layers/gated.js";
import type { MaskedConv2d } from "../layers/masked-conv2d.js";
import { add } from "../ops/add.js";
import { convRow, densePixel, gatedPixel, putCode, putRow } from "../ops/ancestral.js";
import { drawCode } from "../ops/draw-code.js";
import { gate } from "../ops/gate.js";
import type { Attrs, Shape } from "../ops/op.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { streams } from "../random/philox.js";
import type { PixelCnn } from "./pixelcnn.js";

/** What a PixelCNN does while it draws B maps: `start` once a batch (nothing where the prior has no condition), `row` at the
 * first pixel of each row, `pixel` at every pixel. They meet in tensors of the same names, which keep: the vectors of the rows
 * drawn last, the vertical stack's last rows, what it says to the horizontal stack in this row, that stack's features in this
 * row, and the codes. */
export interface AncestralGraphs {
  readonly start?: Graph;
  readonly row: Graph;
  readonly pixel: Graph;
}

export function ancestralGraphs(model: PixelCnn, B: number): AncestralGraphs {
  const { parameters, config } = model;
  const start = new Graph(parameters);
  const conditioned = buildStart(model, start, B);
  const [row, pixel] = [new Graph(parameters), new Graph(parameters)];
  const sides = buildRow(model, row, B, conditioned);
  buildPixel(model, pixel, B, conditioned, sides);
  return { ...((config.numClasses || config.top) && { start }), row, pixel };
}

/** A tensor that an earlier graph leaves, for a later one. */
const again = (graph: Graph, tensor: Tensor | undefined): Tensor | undefined =>
  tensor && graph.input(tensor.name, tensor.shape);

interface Conditioned {
  readonly features?: Tensor;
  /** The gates' condition [B, 2 channels] by the table that it comes from. */
  readonly gates: ReadonlyMap<Embedding, Tensor>;
}

function buildStart(model: PixelCnn, graph: Graph, B: number): Conditioned {
  const { numClasses, top } = model.config;
  const gates = new Map<Embedding, Tensor>();
  if (numClasses) {
    const labels = graph.input("labels", [B], "u32");
    for (const { verticalLabels, horizontalLabels } of model.layers)
      for (const table of [verticalLabels, horizontalLabels])
        if (table) gates.set(table, graph.keep(table.apply(graph, labels)));
  }
  if (!top) return { gates };
  return { gates, features: graph.keep(model.features(graph, graph.input("top", [B, ...top.shape], "u32")) as Tensor) };
}

/** Rows that reach above a pixel's own under the vertical kernel, and columns beside it. */
const reach = ({ options }: GatedLayer): number => (options.kernel - 1) / 2;

/** The last rows of the vectors of the codes: those under the first layer's kernel, its own too. */
function codeRing({ layers, config }: PixelCnn, graph: Graph, B: number): Tensor {
  return graph.input("embedding.ring", [B, reach(layers[0] as GatedLayer) + 1, config.shape[1], config.channels]);
}

/** The vertical stack at one row. Gives what it says to the horizontal stack, layer by layer. */
function buildRow(model: PixelCnn, graph: Graph, B: number, given: Conditioned): Tensor[] {
  const { layers, config } = model;
  const features = again(graph, given.features);
  const row = (x: Tensor, { w, bias, name }: MaskedConv2d | Dense, attrs: Attrs): Tensor =>
    graph.apply(convRow, { x, w, bias }, attrs, name).y as Tensor;
  let x = codeRing(model, graph, B);
  return layers.map((layer, i) => {
    const { vertical, name } = layer;
    const seen = row(x, vertical, { rows: vertical.taps.whole, top: reach(layer) });
    const more = layer.features && row(features as Tensor, layer.features, {});
    const above = more ? (graph.apply(add, { a: seen, b: more }, {}, `${name}.above`).y as Tensor) : seen;
    const side = graph.keep(layer.side.apply(graph, above));
    const next = layers[i + 1];
    if (!next) return side;
    const condition = layer.verticalLabels && again(graph, given.gates.get(layer.verticalLabels));
    const v = graph.apply(gate, { x: above, ...(condition && { condition }) }, {}, `${name}.verticalGate`).y as Tensor;
    const ring = graph.input(`${name}.ring`, [B, next.vertical.taps.whole, config.shape[1], config.channels]);
    graph.apply(putRow, { x: v, ring }, {}, `${name}.put`);
    x = ring;
    return side;
  });
}

/** The horizontal stack, the head and the draw at one pixel. */
function buildPixel(model: PixelCnn, graph: Graph, B: number, given: Conditioned, sides: readonly Tensor[]): void {
  const { channels, shape, top } = model.config;
  const [H, W] = shape;
  const ring = codeRing(model, graph, B);
  const view = (x: Tensor, to: Shape, name: string): Tensor =>
    graph.apply(reshape, { x }, reshapeTo(to), name).y as Tensor;
  const dense = ({ w, bias, name }: Dense, x: Tensor, addend: Tensor | undefined, y: Tensor): Tensor => {
    graph.apply(densePixel, { x, w, bias, ...(addend && { addend }), y }, {}, name);
    return y;
  };
  /** The layer before's features in this row, [B, W, channels], and the skip connections' sum so far. */
  let left: Tensor | undefined;
  let skip: Tensor | undefined;
  for (const [i, layer] of model.layers.entries()) {
    const { horizontal, residual, name } = layer;
    const condition = layer.horizontalLabels && again(graph, given.gates.get(layer.horizontalLabels));
    const { y } = graph.apply(
      gatedPixel,
      {
        x: left ? view(left, [B, 1, W, channels], `${name}.left`) : ring,
        w: horizontal.w,
        bias: horizontal.bias,
        side: again(graph, sides[i]) as Tensor,
        ...(condition && { condition }),
      },
      { columns: horizontal.taps.rest, left: reach(layer) },
      horizontal.name,
    );
    const sum = graph.tensor(`${name}.skipSum`, [B, 1, layer.options.skipChannels], "f32", "activation");
    skip = dense(layer.skip, y as Tensor, skip, sum);
    if (residual) left = dense(residual, y as Tensor, left, graph.input(`${name}.row`, [B, W, channels]));
  }
  const flat = view(skip as Tensor, [B, model.skipChannels], "skip");
  const codes = graph.input("codes", [B, H * W], "u32");
  const stream = top ? streams.conditionedPrior : streams.prior;
  graph.apply(drawCode, { x: model.readOut(graph, flat), codes }, { stream }, "draw");
  graph.apply(putCode, { w: model.embedding.w, codes, ring }, {}, "put");
}
