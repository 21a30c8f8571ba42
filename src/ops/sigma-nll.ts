import forward from "../../shaders/sigma-nll/forward.wgsl";
import grad from "../../shaders/sigma-nll/grad.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { kernel } from "./op.js";

/** Negative log-likelihood of rows under a Gaussian of one variance for all numbers (Rybkin et al. 2021, "Simple and effective VAE
 * training with calibrated decoders"), in nats, from each row's squared error. square [B], logVar [1], loss [B]. exp sees logVar within
 * [-30, 20]; its gradient beyond is the one at the edge. Attrs: elements, numbers in a row. */
export const sigmaNll: Op = {
  name: "sigma-nll",
  inputs: ["square", "logVar"],
  outputs: ({ square, logVar }, { elements }) => {
    if (square?.length !== 1)
      throw new InputError(`sigma-nll: square is [${square}]; it must be one number a row, [B].`);
    if (logVar?.join() !== "1") throw new InputError(`sigma-nll: logVar is [${logVar}]; it must be one number, [1].`);
    if (!(Number(elements) > 0))
      throw new InputError(`sigma-nll: rows have ${elements} elements; give a number from 1.`);
    return { loss: square };
  },
  sizes: ({ square }, { elements }) => ({ B: (square as Shape)[0] as number, N: Math.fround(Number(elements)) }),
  forward: [kernel(forward)],
  backward: [kernel(grad)],
  flops: ({ B }) => ({ forward: 6 * B, grad: 8 * B }),
};
