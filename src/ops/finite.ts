import finiteKernel from "../../shaders/monitor/finite.wgsl";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** What `found` holds where every element is finite, and what the host fills it with before. */
export const NOTHING_FOUND = 0xffffffff;

/** Lowers found[slot] to the index of the first element of x that is a NaN or an infinity. x is f32 of any shape, found u32 [S],
 * filled with NOTHING_FOUND by the host. Attrs: slot. */
export const finite: Op = {
  name: "finite",
  inputs: ["x", "found"],
  types: { found: "u32" },
  outputs: () => ({}),
  sizes: ({ x }, { slot }) => ({ N: elements(x as Shape), slot: Number(slot) }),
  forward: [kernel(finiteKernel)],
  backward: [],
  flops: () => ({ finite: 0 }),
};
