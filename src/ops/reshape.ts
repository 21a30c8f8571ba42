import { InputError } from "../errors.js";
import type { Attrs, Op, Shape } from "./op.js";
import { elements } from "./op.js";

/** The attrs of a reshape to `shape`. */
export function reshapeTo(shape: Shape): Attrs {
  return Object.fromEntries([["rank", shape.length], ...shape.map((d, i) => [`dim${i}`, d] as const)]);
}

/** The same values in the same order under another shape: no kernel, no memory. Attrs: reshapeTo(shape). */
export const reshape: Op = {
  name: "reshape",
  inputs: ["x"],
  outputs: ({ x }, attrs) => {
    const y = Array.from({ length: Number(attrs.rank) }, (_, i) => Number(attrs[`dim${i}`]));
    if (elements(y) !== elements(x as Shape))
      throw new InputError(
        `reshape: [${x}] has ${elements(x as Shape)} values and [${y}] holds ${elements(y)}; they must be equal.`,
      );
    return { y };
  },
  sizes: () => ({}),
  forward: [],
  backward: [],
  view: true,
};
