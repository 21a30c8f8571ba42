import type { Env, References } from "../../src/graph/interpret.js";
import { Sum } from "../../src/graph/interpret.js";
import { codeSums } from "../../src/ops/code-sums.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

/** Rows that count: the first of them. */
export function rowsThatCount({ sizes: { N, P }, step }: Env): number {
  return Math.min(step.rows, Math.floor(N / P)) * P;
}

const rowsOf = (env: Env): number => (env.overrides.COUNTED ? rowsThatCount(env) : env.sizes.N);

export const sortReferences: References = {
  "code-sums/ranks": (env) => {
    const {
      in: { indices },
      out: { rank, histogram },
      sizes: { K, S, L },
    } = env;
    const seen = new Uint32Array(S * K);
    for (let n = 0; n < rowsOf(env); n++) {
      if (indices[n] >= K) continue;
      const at = Math.floor(n / L) * K + indices[n];
      rank.put(n, seen[at]++);
    }
    seen.forEach((count, i) => {
      histogram.put(i, count);
    });
  },
  "code-sums/starts": ({ in: { histogram }, out: { offsets, starts }, sizes: { K, S } }) => {
    let before = 0;
    for (let k = 0; k < K; k++) {
      starts.put(k, before);
      let sum = 0;
      for (let s = 0; s < S; s++) {
        offsets.put(s * K + k, sum);
        sum += histogram[s * K + k];
      }
      before += sum;
    }
    starts.put(K, before);
  },
  // A stable sort, by nothing but the indices.
  "code-sums/order": (env) => {
    const {
      in: { indices },
      out: { order },
      sizes: { K },
    } = env;
    const rows = Array.from({ length: rowsOf(env) }, (_, n) => n).filter((n) => indices[n] < K);
    rows.sort((a, b) => indices[a] - indices[b] || a - b);
    rows.forEach((n, j) => {
      order.put(j, n);
    });
  },
};

export const codeSumsProof: OpProof = {
  op: codeSums,
  exact: true,
  references: {
    ...sortReferences,
    "code-sums/forward": ({ in: { x, order, starts }, out: { counts, sums }, sizes: { K, D } }) => {
      for (let k = 0; k < K; k++) {
        counts.put(k, starts[k + 1] - starts[k]);
        for (let d = 0; d < D; d++) {
          const sum = new Sum();
          for (let j = starts[k]; j < starts[k + 1]; j++) sum.add(x[order[j] * D + d]);
          sums.putSum(k * D + d, sum);
        }
      }
    },
  },
  cases: [
    { shapes: { x: [1, 1], indices: [1] }, attrs: { codes: 1 }, draw: { indices: draws.integer(1) } },
    {
      shapes: { x: [5, 3, 7], indices: [5, 3] },
      attrs: { codes: 4 },
      draw: { indices: draws.integer(4) },
      step: { rows: 4 },
    },
    // Codes without rows, numbers that no code has.
    { shapes: { x: [67, 13], indices: [67] }, attrs: { codes: 33 }, draw: { indices: draws.integer(50) } },
    // Several stretches, the last one cut.
    {
      shapes: { x: [9, 8, 10, 5], indices: [9, 8, 10] },
      attrs: { codes: 20 },
      draw: { indices: draws.integer(20) },
      step: { rows: 8 },
    },
    { shapes: { x: [600, 2], indices: [600] }, attrs: { codes: 300 }, draw: { indices: draws.integer(3) } },
    { shapes: { x: [300, 4], indices: [300] }, attrs: { codes: 2 }, draw: { indices: () => 1 }, step: { rows: 0 } },
  ],
};
