import gruForward from "../../shaders/gru-gates/forward.wgsl";
import gruGrad from "../../shaders/gru-gates/grad.wgsl";
import lstmForward from "../../shaders/lstm-gates/forward.wgsl";
import lstmGrad from "../../shaders/lstm-gates/grad.wgsl";
import { InputError } from "../errors.js";
import type { Op, Shape } from "./op.js";
import { elements, kernel, sameShape } from "./op.js";

/** Rows and units of what a cell keeps, and whether the shares of its gates are `gates` as wide. */
function check(op: string, gates: number, state: Shape, ...shares: readonly Shape[]): void {
  const wide = [...state.slice(0, -1), gates * (state.at(-1) as number)];
  const wrong = shares.find((share) => !sameShape(share, wide));
  if (wrong)
    throw new InputError(`${op}: a share of the gates is [${wrong}]; for a state of [${state}] it must be [${wide}].`);
}

const dims = (state: Shape): { B: number; H: number } => {
  const H = state.at(-1) as number;
  return { B: elements(state) / H, H };
};

/** The gates of an LSTM (Hochreiter and Schmidhuber 1997, "Long short-term memory"; the forget gate of Gers et al. 2000), in PyTorch's
 * order i, f, g, o. x and u [..., 4H] are the shares of the input and of the state before, biases counted in; c [..., H] is the
 * cell before, `cell` the one after, h = o tanh(cell). */
export const lstmGates: Op = {
  name: "lstm-gates",
  inputs: ["x", "u", "c"],
  outputs: ({ x, u, c }) => {
    check("lstm-gates", 4, c as Shape, x as Shape, u as Shape);
    return { h: c as Shape, cell: c as Shape };
  },
  sizes: ({ c }) => dims(c as Shape),
  forward: [kernel(lstmForward)],
  backward: [kernel(lstmGrad)],
  // A sigmoid takes 3, tanh 4.
  flops: ({ B, H }) => ({ forward: 25 * B * H, grad: 45 * B * H }),
};

/** The gates of a GRU (Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder"), in PyTorch's form and order
 * r, z, n: r weighs the state's share of n. x and u [..., 3H] are the shares of the input and of the state before, biases counted
 * in; h [..., H] is the state before, y the one after. */
export const gruGates: Op = {
  name: "gru-gates",
  inputs: ["x", "u", "h"],
  outputs: ({ x, u, h }) => {
    check("gru-gates", 3, h as Shape, x as Shape, u as Shape);
    return { y: h as Shape };
  },
  sizes: ({ h }) => dims(h as Shape),
  forward: [kernel(gruForward)],
  backward: [kernel(gruGrad)],
  flops: ({ B, H }) => ({ forward: 18 * B * H, grad: 33 * B * H }),
};
