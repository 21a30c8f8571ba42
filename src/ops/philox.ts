import philoxKernel from "../../shaders/random/philox.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** Raw words of Philox 4x32-10: counter u32 [N, 4], key u32 [N, 2], words u32 [N, 4]. */
export const philox: Op = {
  name: "philox",
  inputs: ["counter", "key"],
  outputs: ({ counter, key }) => {
    const [N, four] = counter as [number, number];
    if (four !== 4 || key?.[0] !== N || key[1] !== 2)
      throw new InputError(
        `philox: the counters are [${counter}] and the keys [${key}]; they must be [N,4] and [N,2].`,
      );
    return { words: counter as Shape };
  },
  types: { counter: "u32", key: "u32", words: "u32" },
  sizes: ({ counter }) => ({ N: (counter as Shape)[0] as number }),
  forward: [kernel(philoxKernel)],
  backward: [],
  flops: () => ({ philox: 0 }),
};
