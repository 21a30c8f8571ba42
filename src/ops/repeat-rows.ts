import forward from "../../shaders/repeat-rows/forward.wgsl";
import gradX from "../../shaders/repeat-rows/grad-x.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel } from "./op.js";

/** Each row `times` times, one copy behind the other: x [B, ...] to y [B * times, ...]. Attrs: times. */
export const repeatRows: Op = {
  name: "repeat-rows",
  inputs: ["x"],
  outputs: ({ x }, { times }) => {
    if (!(Number.isInteger(times) && Number(times) >= 1))
      throw new InputError(`repeat-rows: times is ${times}; give a whole number from 1.`);
    const [B, ...rest] = x as [number, ...number[]];
    return { y: [B * Number(times), ...rest] };
  },
  sizes: ({ x }, { times }) => {
    const [B, ...rest] = x as Shape as [number, ...number[]];
    return { B, K: Number(times), D: elements(rest) };
  },
  forward: [kernel(forward)],
  backward: [kernel(gradX)],
  flops: ({ B, K, D }) => ({ forward: 0, "grad-x": B * K * D }),
};
