import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { add } from "../ops/add.js";
import { corruptions, corrupt as corruptOp } from "../ops/corrupt.js";
import type { Attrs } from "../ops/op.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import type { CorruptionConfig } from "./config.js";

/** What the encoder sees of x [B, H * W * C]: x itself, x with drawn noise, or x plus noise that the caller gives. */
export function corrupt(
  graph: Graph,
  x: Tensor,
  config: CorruptionConfig | undefined,
  [C, H, W]: readonly number[],
  given: Tensor | undefined,
): Tensor {
  if (given) return graph.apply(add, { a: x, b: given }, {}, "corruption").y;
  if (!config) return x;
  const [B] = x.shape;
  const pictures = graph.apply(reshape, { x }, reshapeTo([B, H, W, C]), "pictures").y;
  const { y } = graph.apply(corruptOp, { x: pictures }, attrsOf(config), "corruption");
  return graph.apply(reshape, { x: y }, reshapeTo(x.shape), "corrupted").y;
}

function attrsOf(config: CorruptionConfig): Attrs {
  const kind = corruptions[config.kind];
  if (config.kind === "gaussian") return { kind, sigma: config.sigma };
  if (config.kind === "patch") return { kind, patch: config.size, ratio: config.ratio };
  return { kind, p: config.p };
}
