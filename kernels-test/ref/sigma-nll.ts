import { Sum } from "../../src/graph/interpret.js";
import { sigmaNll } from "../../src/ops/sigma-nll.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { draws } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";

const sized = (B: number, elements: number, low = -3, high = 1): Case => ({
  shapes: { square: [B], logVar: [1] },
  attrs: { elements },
  draw: { square: draws.uniform(0.1, 60), logVar: draws.uniform(low, high) },
});

export const sigmaNllProof: OpProof = {
  op: sigmaNll,
  exact: false,
  references: {
    "sigma-nll/forward": ({ in: { square, logVar }, out: { loss }, sizes: { B, N } }) => {
      const c = -clampLogVar(logVar[0]);
      for (let b = 0; b < B; b++) {
        const sum = new Sum().add(0.5 * square[b] * Math.exp(c), 0.5 * square[b] * ulp.exp(c));
        loss.putSum(b, sum.add(0.5 * N * logVar[0]).add(0.5 * N * Math.log(2 * Math.PI)));
      }
    },
    "sigma-nll/grad": ({ in: { square, logVar, dloss }, out: { dsquare, dlogVar }, sizes: { B, N } }) => {
      const c = -clampLogVar(logVar[0]);
      const sum = new Sum();
      for (let b = 0; b < B; b++) {
        const half = 0.5 * dloss[b];
        dsquare.put(b, half * Math.exp(c), Math.abs(half) * Math.exp(c), 1, Math.abs(half) * ulp.exp(c));
        sum.add(half * N).add(-half * square[b] * Math.exp(c), Math.abs(half) * square[b] * ulp.exp(c));
      }
      dlogVar.putSum(0, sum);
    },
  },
  cases: [sized(1, 1), sized(7, 784), sized(65, 13, -9, -8), sized(300, 3072), sized(64, 5, 3, 4)],
};
