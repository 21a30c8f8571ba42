import { InputError } from "../errors.js";
import type { Attrs, Choice, Flops, Op, Shape, Shapes, Sizes } from "./op.js";
import { elements, sameShape } from "./op.js";

/** What a loss over rows adds to the common row. */
export interface RowLoss {
  readonly name: string;
  /** Inputs of one shape [B, ...]: the prediction `x`, further predictions, the target `t`. */
  readonly inputs: readonly string[];
  /** Size fields beyond B and N. */
  readonly sizes?: (attrs: Attrs) => Sizes;
  readonly forward: readonly Choice[];
  readonly backward: readonly Choice[];
  /** Operations an element. */
  readonly flops: Flops;
}

/** The row of a loss that adds up each row's elements: inputs [B, ...] of one shape, loss [B].
 * Its shape rule throws InputError where the inputs differ in shape. */
export function rowLoss({ name, inputs, sizes, forward, backward, flops }: RowLoss): Op {
  return {
    name,
    inputs,
    outputs: (shapes: Shapes) => {
      const x = shapes.x as Shape;
      for (const input of inputs) {
        const shape = shapes[input] as Shape;
        if (!sameShape(x, shape))
          throw new InputError(`${name}: x is [${x}] and ${input} is [${shape}]; give both the same shape.`);
      }
      return { loss: [x[0] as number] };
    },
    sizes: ({ x }, attrs) => {
      const B = (x as Shape)[0] as number;
      return { B, N: elements(x as Shape) / B, ...sizes?.(attrs) };
    },
    forward,
    backward,
    flops: ({ B, N }) => Object.fromEntries(Object.entries(flops).map(([of, each]) => [of, each * B * N])),
  };
}
