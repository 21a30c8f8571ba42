import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { Sequence } from "../layers/sequence.js";
import { elements, type Shape } from "../ops/op.js";
import { reshape, reshapeTo } from "../ops/reshape.js";
import { squash } from "./reconstruction.js";
import type { VqVae2Config, VqVaeConfig } from "./vq-config.js";

/** A convolution that halves the sides, and one that doubles them. */
const half = { kernel: 4, stride: 2 };

/** Adds the stages of an encoder, from channels[0] on, and `convs` 3 x 3 convolutions, with activations between them. The residual
 * units that follow have theirs in front; behind a 3 x 3 convolution there is one all the same, as Sonnet has it. */
export function addStages(sequence: Sequence, channels: readonly number[], convs = 0): Sequence {
  channels.slice(1).forEach((outputs, i) => {
    if (i > 0) sequence.activation();
    sequence.conv({ inputs: channels[i] as number, outputs, ...half });
  });
  const last = channels.at(-1) as number;
  for (let i = 0; i < convs; i++) sequence.activation().conv({ inputs: last, outputs: last });
  return convs > 0 ? sequence.activation() : sequence;
}

/** Adds the stages turned round, down to channels[0], each behind an activation. */
export function addDecoder(sequence: Sequence, channels: readonly number[]): Sequence {
  for (let i = channels.length - 1; i > 0; i--)
    sequence.activation().transposed({ inputs: channels[i] as number, outputs: channels[i - 1] as number, ...half });
  return sequence;
}

/** The rows of a batch under another shape, channels last. */
export const reshaped = (graph: Graph, x: Tensor, shape: Shape, name: string): Tensor =>
  graph.apply(reshape, { x }, reshapeTo([x.shape[0] as number, ...shape]), name).y as Tensor;

/** A row an image. */
export const asRows = (graph: Graph, x: Tensor): Tensor => reshaped(graph, x, [elements(x.shape.slice(1))], "rows");

/** The picture in [0, 1] that a decoder's output [B, D] is; a linear one may leave that range by a little. */
export const pictureOf = (
  graph: Graph,
  { outputs, reconstructionLoss }: Pick<VqVaeConfig | VqVae2Config, "outputs" | "reconstructionLoss">,
  raw: Tensor,
): Tensor => (outputs === "linear" && reconstructionLoss !== "bce" ? raw : squash(graph, raw));
