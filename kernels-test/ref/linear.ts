import { Sum } from "../../src/graph/interpret.js";
import { linear } from "../../src/ops/linear.js";
import { activate } from "./activation.js";
import type { OpProof } from "./contract.js";

export const linearProof: OpProof = {
  op: linear,
  exact: true,
  references: {
    "linear/forward": ({
      in: { x, w, bias },
      out: { y },
      sizes: { B, I, O, kind, slope },
      overrides: { HAS_BIAS },
    }) => {
      for (let b = 0; b < B; b++)
        for (let o = 0; o < O; o++) {
          const sum = new Sum();
          for (let i = 0; i < I; i++) sum.add(x[b * I + i] * w[i * O + o]);
          if (HAS_BIAS) sum.add(bias[o]);
          const { value, granted } = activate(kind, sum.value, slope);
          y.put(b * O + o, value, Math.max(sum.magnitude, Math.abs(value)), sum.terms, granted);
        }
    },
    "linear/grad-x": ({ in: { w, dy }, out: { dx }, sizes: { B, I, O } }) => {
      for (let b = 0; b < B; b++)
        for (let i = 0; i < I; i++) {
          const sum = new Sum();
          for (let o = 0; o < O; o++) sum.add(dy[b * O + o] * w[i * O + o]);
          dx.putSum(b * I + i, sum);
        }
    },
    "linear/grad-w": ({ in: { x, dy }, out: { dw, dbias }, sizes: { B, I, O }, overrides: { HAS_BIAS } }) => {
      for (let o = 0; o < O; o++) {
        const total = new Sum();
        for (let b = 0; b < B; b++) total.add(dy[b * O + o]);
        if (HAS_BIAS) dbias.putSum(o, total);
        for (let i = 0; i < I; i++) {
          const sum = new Sum();
          for (let b = 0; b < B; b++) sum.add(x[b * I + i] * dy[b * O + o]);
          dw.putSum(i * O + o, sum);
        }
      }
    },
  },
  cases: [
    { shapes: { x: [1, 1], w: [1, 1], bias: [1] } },
    { shapes: { x: [3, 5], w: [5, 7], bias: [7] } },
    { shapes: { x: [17, 33], w: [33, 35], bias: [35] } },
    { shapes: { x: [19, 37], w: [37, 36] } },
    { shapes: { x: [2, 5, 20], w: [20, 12], bias: [12] } },
    { shapes: { x: [67, 131], w: [131, 68], bias: [68] } },
    { shapes: { x: [33, 64], w: [64, 132], bias: [132] } },
    { shapes: { x: [70, 36], w: [36, 40] } },
  ],
};
