import { Sum } from "../../src/graph/interpret.js";
import { klGaussians } from "../../src/ops/kl-gaussians.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { clampLogVar } from "./reparameterize.js";
import { expError } from "./softmax.js";

export const klGaussiansProof: OpProof = {
  op: klGaussians,
  exact: false,
  references: {
    "kl-gaussians/forward": ({ in: { p, q }, out: { kl }, sizes: { B, L } }) => {
      for (let b = 0; b < B; b++) {
        const sum = new Sum();
        for (let at = 2 * b * L; at < (2 * b + 1) * L; at++) {
          const square = (p[at] - q[at]) ** 2;
          const [cp, cq] = [clampLogVar(p[at + L]), clampLogVar(q[at + L])];
          sum
            .add(0.5 * q[at + L])
            .add(-0.5 * p[at + L])
            .add(-0.5);
          sum.add(0.5 * Math.exp(cp - cq), 0.5 * expError(cp - cq));
          sum.add(0.5 * square * Math.exp(-cq), 0.5 * square * ulp.exp(-cq));
        }
        kl.putSum(b, sum);
      }
    },
    "kl-gaussians/grad-p-q": ({ in: { p, q, dkl }, out: { dp, dq }, sizes: { B, L } }) => {
      for (let i = 0; i < B * L; i++) {
        const b = Math.floor(i / L);
        const at = i + b * L;
        const d = p[at] - q[at];
        const [cp, cq] = [clampLogVar(p[at + L]), clampLogVar(q[at + L])];
        const [half, e, r] = [0.5 * dkl[b], Math.exp(-cq), Math.exp(cp - cq)];
        const scale = Math.abs(half);
        const pull = dkl[b] * d * e;
        const granted = 2 * scale * Math.abs(d) * ulp.exp(-cq);
        dp.put(at, pull, Math.abs(pull), 1, granted);
        dq.put(at, -pull, Math.abs(pull), 1, granted);
        const wide = scale * expError(cp - cq);
        dp.putSum(at + L, new Sum().add(half * r, wide).add(-half));
        const far = new Sum().add(half).add(-half * r, wide);
        dq.putSum(at + L, far.add(-half * d * d * e, scale * d * d * ulp.exp(-cq)));
      }
    },
  },
  cases: [
    [1, 2],
    [3, 8],
    [37, 38],
    [5, 134],
    [131, 6],
  ].map((shape) => ({ shapes: { p: shape, q: shape } })),
};
