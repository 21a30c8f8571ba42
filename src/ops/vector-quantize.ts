import forwardSgb from "../../shaders/vector-quantize/forward.sgb.wgsl";
import forward from "../../shaders/vector-quantize/forward.wgsl";
import { InputError } from "../errors.js";
import type { Op } from "./op.js";
import { kernel } from "./op.js";

/** The nearest code of each row (van den Oord et al. 2017). x [N, D], codes [K, D], q [N, D] the codes, indices u32 [N]; the
 * lowest index wins ties. */
export const vectorQuantize: Op = {
  name: "vector-quantize",
  inputs: ["x", "codes"],
  outputs: ({ x, codes }) => {
    if (x?.length !== 2 || codes?.length !== 2)
      throw new InputError(`vector-quantize: x is [${x}] and codes [${codes}]; they must be [N, D] and [K, D].`);
    if (x[1] !== codes[1])
      throw new InputError(`vector-quantize: x has ${x[1]} features and the codes ${codes[1]}; they must be equal.`);
    return { q: x, indices: [x[0] as number] };
  },
  types: { indices: "u32" },
  sizes: ({ x, codes }) => {
    const [[N, D], [K]] = [x as [number, number], codes as [number]];
    return { N, K, D };
  },
  forward: [kernel(forward, [forwardSgb, ({ matmul }, { D }) => matmul === "sgb" && D % 4 === 0])],
  backward: [],
  flops: ({ N, K, D }) => ({ forward: 2 * N * K * D }),
};
