import { convTranspose2d } from "../../src/ops/conv-transpose2d.js";
import type { OpProof } from "./contract.js";
import { gatherTaps, gradBias, gradWSum, spreadTaps, weightTaps } from "./conv2d.js";

export const convTranspose2dProof: OpProof = {
  op: convTranspose2d,
  exact: true,
  references: {
    "conv-transpose2d/forward": ({ in: { x, w, bias }, out: { y }, sizes, overrides: { ADD_BIAS } }) =>
      spreadTaps(x, w, ADD_BIAS ? bias : undefined, y, sizes),
    "conv-transpose2d/grad-x": ({ in: { w, dy }, out: { dx }, sizes }) => gatherTaps(dy, w, undefined, dx, sizes),
    "conv-transpose2d/grad-w": ({ in: { x, dy }, out: { partials }, sizes }) => weightTaps(dy, x, partials, sizes),
    "conv2d/grad-w-sum": gradWSum,
    "conv2d/grad-bias": gradBias,
  },
  cases: [
    { shapes: { x: [1, 1, 1, 1], w: [1, 1, 1, 1], bias: [1] } },
    // 4 to 8 as TensorFlow and JAX do it: cut one row below.
    {
      shapes: { x: [2, 4, 4, 32], w: [3, 3, 12, 32], bias: [12] },
      attrs: { strideH: 2, strideW: 2, padBottom: 1, padRight: 1 },
    },
    // 3 to 6 as PyTorch does it: pad 1, output padding 1.
    {
      shapes: { x: [2, 3, 3, 5], w: [3, 3, 3, 5], bias: [3] },
      attrs: { strideH: 2, strideW: 2, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, outputPadH: 1, outputPadW: 1 },
    },
    // A kernel narrower than the stride: pixels of y that get the bias alone.
    {
      shapes: { x: [1, 3, 4, 4], w: [1, 2, 36, 4], bias: [36] },
      attrs: { strideH: 3, strideW: 3, outputPadH: 2, outputPadW: 1 },
    },
    // Sides that the stride does not divide: phases of different sizes.
    {
      shapes: { x: [1, 3, 4, 8], w: [3, 3, 4, 8], bias: [4] },
      attrs: { strideH: 2, strideW: 3, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 },
    },
    // One pixel of y.
    {
      shapes: { x: [2, 2, 2, 7], w: [3, 3, 6, 7] },
      attrs: { strideH: 2, strideW: 2, padTop: 2, padLeft: 2, padBottom: 2, padRight: 2 },
    },
    {
      shapes: { x: [1, 4, 3, 8], w: [3, 2, 8, 8], bias: [8] },
      attrs: {
        dilationH: 2,
        dilationW: 3,
        strideH: 2,
        padTop: 1,
        padLeft: 1,
        padBottom: 2,
        outputPadH: 1,
        outputPadW: 2,
      },
    },
    {
      shapes: { x: [2, 3, 5, 9], w: [3, 3, 2, 9], bias: [6] },
      attrs: { groups: 3, strideH: 3, strideW: 2, padTop: 1 },
    },
    {
      shapes: { x: [2, 2, 3, 8], w: [3, 2, 4, 8], bias: [8] },
      attrs: { groups: 2, strideH: 2, strideW: 2, padTop: 1 },
    },
    // Depthwise.
    {
      shapes: { x: [1, 4, 4, 8], w: [4, 4, 1, 8], bias: [8] },
      attrs: { groups: 8, strideH: 2, strideW: 2, padLeft: 1 },
    },
    { shapes: { x: [1, 5, 7, 68], w: [4, 5, 20, 68] }, attrs: { padTop: 2, padLeft: 1, padBottom: 1, padRight: 2 } },
  ],
};
