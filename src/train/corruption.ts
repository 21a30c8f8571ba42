import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Batch } from "../models/model.js";
import { add } from "../ops/add.js";
import { corruptions, corrupt as corruptOp, hidden } from "../ops/corrupt.js";
import type { Attrs, Op } from "../ops/op.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { type CorruptionConfig, countsHidden, hiddenShare } from "./config.js";

/** What the encoder sees of x [B, H * W * C]: x itself, x with drawn noise, or x plus noise that the caller gives. */
export function corrupt(
  graph: Graph,
  x: Tensor,
  config: CorruptionConfig | undefined,
  inputShape: readonly number[],
  given: Tensor | undefined,
): Tensor {
  if (given) return graph.apply(add, { a: x, b: given }, {}, "corruption").y;
  return config ? asPictures(graph, corruptOp, x, config, inputShape, "corrupted") : x;
}

/** 1 where this step's corruption hides x [B, H * W * C], 0 elsewhere. */
export const hiddenPixels = (
  graph: Graph,
  x: Tensor,
  config: CorruptionConfig,
  inputShape: readonly number[],
): Tensor => asPictures(graph, hidden, x, config, inputShape, "hidden");

/** Which pixels the reconstruction of x counts in, where it does not in all: those that are hidden. */
export function counted(
  graph: Graph,
  x: Tensor,
  config: CorruptionConfig | undefined,
  inputShape: readonly number[],
): Pick<Batch, "counted" | "countedElements"> {
  if (!config || !countsHidden(config)) return {};
  const elements = hiddenShare(config, inputShape) * inputShape.reduce((n, d) => n * d, 1);
  return { counted: hiddenPixels(graph, x, config, inputShape), countedElements: elements };
}

function asPictures(
  graph: Graph,
  op: Op,
  x: Tensor,
  config: CorruptionConfig,
  [C, H, W]: readonly number[],
  name: string,
): Tensor {
  const [B] = x.shape;
  const pictures = graph.apply(reshape, { x }, reshapeTo([B, H, W, C]), "pictures").y;
  const { y } = graph.apply(op, { x: pictures }, attrsOf(config), "corruption");
  return graph.apply(reshape, { x: y }, reshapeTo(x.shape), name).y;
}

function attrsOf(config: CorruptionConfig): Attrs {
  const kind = corruptions[config.kind];
  if (config.kind === "gaussian") return { kind, sigma: config.sigma };
  if (config.kind === "patch") return { kind, patch: config.size, ratio: config.ratio };
  return { kind, p: config.p };
}
