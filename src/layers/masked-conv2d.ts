import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import type { Tensor } from "../graph/tensor.js";
import { add } from "../ops/add.js";
import { conv2d } from "../ops/conv2d.js";
import type { Attrs } from "../ops/op.js";
import { slice } from "../ops/slice.js";

/** Which pixels a masked convolution sees, in the order of a page. `A`: those before its own; `B`: its own too;
 * `vertical`: all rows to its own, whole; `verticalA`: all rows above its own; `horizontalA`, `horizontalB`: as A and B, for a
 * kernel of one row. */
export const maskKinds = ["A", "B", "vertical", "verticalA", "horizontalA", "horizontalB"] as const;
export type MaskKind = (typeof maskKinds)[number];

export interface MaskedConvOptions {
  readonly mask: MaskKind;
  /** Default 1. */
  readonly groups?: number;
  /** Rows and columns between taps. Default 1. */
  readonly dilation?: number | readonly [number, number];
}

/** Taps that are seen: rows of the kernel that are whole, and taps of the row below them. */
function seen(mask: MaskKind, [rows, columns]: readonly [number, number]): { whole: number; rest: number } {
  const [middle, own] = [(rows - 1) / 2, (columns - 1) / 2];
  if (mask === "vertical") return { whole: middle + 1, rest: 0 };
  if (mask === "verticalA") return { whole: middle, rest: 0 };
  const rest = mask === "A" || mask === "horizontalA" ? own : own + 1;
  return rest === columns ? { whole: middle + 1, rest: 0 } : { whole: middle, rest };
}

/** The masked convolution of PixelCNN (van den Oord et al. 2016), channels last, as large as x. x [B, H, W, I],
 * w [KH, KW, I/groups, O] with odd sides, bias [O] or none, y [B, H, W, O]. The taps that the mask hides are never computed:
 * the whole rows that it leaves are one convolution, what it leaves of the row below them another; hidden weights have
 * gradient 0.
 * @throws InputError where the mask leaves nothing, or does not go with the kernel */
export function maskedConv2d(
  graph: Graph,
  { x, w, bias }: { readonly x: Tensor; readonly w: Tensor; readonly bias?: Tensor },
  { mask, groups = 1, dilation = 1 }: MaskedConvOptions,
  name = "masked-conv2d",
): Tensor {
  const [rows, columns] = w.shape as [number, number, number, number];
  const [downwards, across] = typeof dilation === "number" ? [dilation, dilation] : dilation;
  if (w.shape.length !== 4 || rows % 2 === 0 || columns % 2 === 0)
    throw new InputError(`${name}: w is [${w.shape}]; a mask needs a kernel of odd sides.`);
  if (mask.startsWith("horizontal") && rows !== 1)
    throw new InputError(`${name}: the mask ${mask} goes with a kernel of one row, and w is [${w.shape}].`);
  const { whole, rest } = seen(mask, [rows, columns]);
  if (whole === 0 && rest === 0)
    throw new InputError(`${name}: the mask ${mask} hides all of a kernel of one pixel; use B or a larger kernel.`);

  const part = (of: Tensor, axis: number, from: number, to: number): Tensor =>
    from === 0 && to === of.shape[axis] ? of : (graph.apply(slice, { x: of }, { axis, from, to }, "slice").y as Tensor);
  const convolve = (weight: Tensor, offset: Attrs, withBias: boolean): Tensor =>
    graph.apply(
      conv2d,
      { x, w: weight, ...(withBias && bias ? { bias } : {}) },
      { ...offset, groups, dilationH: downwards, dilationW: across },
      "conv2d",
    ).y as Tensor;

  return graph.scope(name, () => {
    const [top, left] = [(downwards * (rows - 1)) / 2, (across * (columns - 1)) / 2];
    const above =
      whole > 0
        ? convolve(
            part(w, 0, 0, whole),
            // As many rows come out as without the mask: those below are cut, not padded.
            { padTop: top, padBottom: downwards * (whole - 1) - top, padLeft: left, padRight: left },
            true,
          )
        : undefined;
    if (rest === 0) return above as Tensor;
    const before = convolve(
      part(part(w, 0, whole, whole + 1), 1, 0, rest),
      { padTop: top - downwards * whole, padLeft: left, padRight: across * (rest - 1) - left },
      above === undefined,
    );
    return above ? (graph.apply(add, { a: above, b: before }, {}, "add").y as Tensor) : before;
  });
}

/** A masked convolution with a bias as a layer. Hidden weights are kept, as PyTorch keeps them, and never read. */
export class MaskedConv2d {
  readonly w: Tensor;
  readonly bias: Tensor;
  /** Taps that the mask leaves: rows that are whole, and taps of the row below them. */
  readonly taps: { readonly whole: number; readonly rest: number };

  constructor(
    parameters: Parameters,
    readonly name: string,
    private readonly options: {
      readonly inputs: number;
      readonly outputs: number;
      /** Rows and columns, odd. */
      readonly kernel: readonly [number, number];
      readonly mask: MaskKind;
    },
  ) {
    const { inputs, outputs, kernel, mask } = options;
    this.taps = seen(mask, kernel);
    const fanIn = (this.taps.whole * kernel[1] + this.taps.rest) * inputs;
    this.w = parameters.add(`${name}.weight`, [...kernel, inputs, outputs], { kind: "torchUniform", fanIn });
    this.bias = parameters.add(`${name}.bias`, [outputs], { kind: "torchUniform", fanIn });
  }

  /** x [B, H, W, inputs] to [B, H, W, outputs]. */
  apply(graph: Graph, x: Tensor): Tensor {
    return maskedConv2d(graph, { x, w: this.w, bias: this.bias }, { mask: this.options.mask }, this.name);
  }
}
