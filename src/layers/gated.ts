import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { add } from "../ops/add.js";
import { gate } from "../ops/gate.js";
import { Dense } from "./dense.js";
import { Embedding } from "./embedding.js";
import { MaskedConv2d } from "./masked-conv2d.js";

export interface GatedOptions {
  /** Of both stacks. */
  readonly channels: number;
  /** Of what goes to the head. */
  readonly skipChannels: number;
  /** Side of the kernel, odd. */
  readonly kernel: number;
  /** The first layer reads codes, which its masks hide; nothing reads the stacks behind the last. */
  readonly place: { readonly first: boolean; readonly last: boolean };
  /** Classes that the gates may depend on. */
  readonly numClasses?: number;
  /** Channels of a map of features [B, H, W, channels] that the gates may depend on. */
  readonly featureChannels?: number;
}

/** What goes from layer to layer, each [B, H, W, channels]: the stack that sees the rows above, the stack that sees the pixels
 * to the left too, and the sum for the head. */
export interface Stacks {
  readonly vertical?: Tensor;
  readonly horizontal?: Tensor;
  readonly skip?: Tensor;
}

/** What the gates depend on beside the codes. */
export interface Conditions {
  /** u32 [B]. */
  readonly labels?: Tensor;
  /** [B, H, W, featureChannels]. */
  readonly features?: Tensor;
}

/** A layer of the gated PixelCNN (van den Oord et al. 2016, "Conditional image generation with PixelCNN decoders", figure 2).
 * Two stacks leave no blind spot: the vertical one sees all rows above its pixel, the horizontal one the pixels to its left and,
 * by a 1 x 1 convolution, the vertical one. Each is a masked convolution to twice the channels and a gate; the horizontal one
 * has a residual and a skip connection. Features enter before the gate of the vertical stack and so the horizontal one too. */
export class GatedLayer {
  readonly vertical: MaskedConv2d;
  /** From the vertical to the horizontal stack. */
  readonly side: Dense;
  readonly horizontal: MaskedConv2d;
  readonly residual?: Dense;
  readonly skip: Dense;
  readonly features?: Dense;
  readonly verticalLabels?: Embedding;
  readonly horizontalLabels?: Embedding;

  constructor(
    parameters: Parameters,
    readonly name: string,
    readonly options: GatedOptions,
  ) {
    const { channels, skipChannels, kernel, place, numClasses, featureChannels } = options;
    const wide = 2 * channels;
    const conv = (part: string, rows: number, mask: "vertical" | "horizontal") =>
      new MaskedConv2d(parameters, `${name}.${part}`, {
        inputs: channels,
        outputs: wide,
        kernel: [rows, kernel],
        mask: mask === "vertical" ? (place.first ? "verticalA" : mask) : place.first ? "horizontalA" : "horizontalB",
      });
    const dense = (part: string, inputs: number, outputs: number) =>
      new Dense(parameters, `${name}.${part}`, inputs, outputs);
    const labels = (part: string) =>
      new Embedding(parameters, `${name}.${part}`, numClasses as number, wide, numClasses);
    this.vertical = conv("vertical", kernel, "vertical");
    if (featureChannels !== undefined) this.features = dense("features", featureChannels, wide);
    this.side = dense("side", wide, wide);
    if (numClasses !== undefined && !place.last) this.verticalLabels = labels("verticalLabels");
    this.horizontal = conv("horizontal", 1, "horizontal");
    if (numClasses !== undefined) this.horizontalLabels = labels("horizontalLabels");
    if (!place.last) this.residual = dense("residual", channels, channels);
    this.skip = dense("skip", channels, skipChannels);
  }

  apply(graph: Graph, { vertical, horizontal, skip }: Stacks, { labels, features }: Conditions): Stacks {
    const sum = (a: Tensor, b: Tensor, part: string): Tensor =>
      graph.apply(add, { a, b }, {}, `${this.name}.${part}`).y as Tensor;
    const gated = (x: Tensor, table: Embedding | undefined, part: string): Tensor => {
      const condition = table && labels && { condition: table.apply(graph, labels) };
      return graph.apply(gate, { x, ...condition }, {}, `${this.name}.${part}`).y as Tensor;
    };
    const { first, last } = this.options.place;
    const seen = this.vertical.apply(graph, vertical as Tensor);
    const above = this.features ? sum(seen, this.features.apply(graph, features as Tensor), "above") : seen;
    const left = sum(this.horizontal.apply(graph, horizontal as Tensor), this.side.apply(graph, above), "left");
    const y = gated(left, this.horizontalLabels, "horizontalGate");
    const out = this.skip.apply(graph, y);
    const behind = { skip: skip ? sum(out, skip, "skipSum") : out };
    if (last || !this.residual) return behind;
    const inner = this.residual.apply(graph, y);
    return {
      ...behind,
      vertical: gated(above, this.verticalLabels, "verticalGate"),
      horizontal: first ? inner : sum(inner, horizontal as Tensor, "residualSum"),
    };
  }
}
