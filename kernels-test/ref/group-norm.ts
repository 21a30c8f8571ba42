import type { Env, Reference } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { groupNorm, layerNorm } from "../../src/ops/group-norm.js";
import { activate } from "./activation.js";
import { gradPartials, gradSums, moments, rstdOf, vectors } from "./batch-norm.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

type Sizes = Env["sizes"];

/** Calls `each` for every block that shares a mean: its number and its elements. */
function blocks({ N, C, G, span }: Sizes, each: (at: number, indices: readonly number[]) => void): void {
  const width = C / G;
  for (let at = 0; at < (N / span) * G; at++) {
    const first = Math.floor(at / G) * span * C + (at % G) * width;
    each(
      at,
      Array.from({ length: span * width }, (_, e) => first + Math.floor(e / width) * C + (e % width)),
    );
  }
}

const groupForward: Reference = ({ in: { x, w, bias }, out, sizes }) =>
  blocks(sizes, (at, indices) => {
    const { n, mean, meanMagnitude, squares, squaresMagnitude, squaresGranted } = moments(x, indices);
    const [rstd, magnitude, granted] = rstdOf(squares / n, squaresMagnitude / n, sizes.eps, squaresGranted / n);
    out.mean.put(at, mean, meanMagnitude, n);
    out.rstd.put(at, rstd, magnitude, n, granted);
    for (const i of indices) {
      const c = i % sizes.C;
      const d = x[i] - mean;
      const { value, granted: own } = activate(sizes.kind, d * rstd * w[c] + bias[c], sizes.slope);
      const of =
        Math.abs(w[c]) * ((Math.abs(x[i]) + meanMagnitude) * rstd + Math.abs(d) * magnitude) + Math.abs(bias[c]);
      out.y.put(i, value, Math.max(of, Math.abs(value)), n + 3, own + Math.abs(d * w[c]) * granted);
    }
  });

const groupGradX: Reference = ({ in: { x, w, mean, rstd, dy }, out: { dx }, sizes }) =>
  blocks(sizes, (at, indices) => {
    const n = indices.length;
    const [even, tilt] = [new Sum(), new Sum()];
    for (const i of indices) {
      const dn = dy[i] * w[i % sizes.C];
      even.add(dn / n);
      tilt.add((dn * (x[i] - mean[at]) * rstd[at]) / n);
      tilt.magnitude += (Math.abs(dn) * (Math.abs(x[i]) + Math.abs(mean[at])) * rstd[at]) / n;
    }
    for (const i of indices) {
      const dn = dy[i] * w[i % sizes.C];
      const value = rstd[at] * (dn - even.value - (x[i] - mean[at]) * rstd[at] * tilt.value);
      const far = (Math.abs(x[i]) + Math.abs(mean[at])) * rstd[at];
      dx.put(i, value, rstd[at] * (Math.abs(dn) + even.magnitude + far * tilt.magnitude), n + 4);
    }
  });

const groupReferences = {
  "group-norm/forward": groupForward,
  "group-norm/grad-x": groupGradX,
  "batch-norm/grad-partials": gradPartials,
  "batch-norm/grad-w": gradSums("dw", "dbias"),
};

export const groupNormProof: OpProof = {
  op: groupNorm,
  exact: false,
  references: groupReferences,
  cases: [
    { shapes: { x: [1, 2], ...vectors(2) } },
    { shapes: { x: [3, 5, 7, 6], ...vectors(6) }, attrs: { groups: 3, eps: 1e-3 } },
    { shapes: { x: [2, 11, 13, 20], ...vectors(20) }, attrs: { groups: 4 }, draw: { x: draws.uniform(99, 101) } },
    // Instance norm.
    { shapes: { x: [2, 6, 5, 7], ...vectors(7) }, attrs: { groups: 7 } },
    { shapes: { x: [2, 1, 1, 35], ...vectors(35) }, attrs: { groups: 1 } },
  ],
};

export const layerNormProof: OpProof = {
  op: layerNorm,
  exact: false,
  references: groupReferences,
  cases: [
    { shapes: { x: [1, 2], ...vectors(2) } },
    { shapes: { x: [5, 67], ...vectors(67) }, attrs: { eps: 1e-3 } },
    { shapes: { x: [3, 7, 11, 5], ...vectors(5) } },
    { shapes: { x: [150, 19], ...vectors(19) }, draw: { x: draws.uniform(99, 101) } },
  ],
};
