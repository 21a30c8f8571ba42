import { finite, NOTHING_FOUND } from "../../src/ops/finite.js";
import type { Draw, OpProof } from "./contract.js";

/** Finite values of every size, and one that is not at each of the given places. */
const broken =
  (places: readonly number[], bad: number): Draw =>
  (_, i) =>
    places.includes(i) ? bad : ([0, -0, 1e-40, -1e-38, 88.9, -3.4e38, 3.4028234663852886e38][i % 7] as number);

const untouched = { found: () => NOTHING_FOUND };

export const finiteProof: OpProof = {
  op: finite,
  exact: false,
  references: {
    "monitor/finite": ({ in: { x, found }, out: { found: lowered }, sizes: { N, slot } }) => {
      for (let i = 0; i < N; i++)
        if (!Number.isFinite(x[i])) {
          if (i < found[slot]) lowered.put(slot, i);
          return;
        }
    },
  },
  cases: [
    { shapes: { x: [1], found: [1] }, attrs: { slot: 0 }, draw: { x: broken([0], Number.NaN), ...untouched } },
    { shapes: { x: [1000], found: [3] }, attrs: { slot: 1 }, draw: { x: broken([], 0), ...untouched } },
    {
      shapes: { x: [7, 100], found: [2] },
      attrs: { slot: 1 },
      draw: { x: broken([699], Number.POSITIVE_INFINITY), ...untouched },
    },
    {
      shapes: { x: [257], found: [1] },
      attrs: { slot: 0 },
      draw: { x: broken([256, 77, 200], Number.NEGATIVE_INFINITY), ...untouched },
    },
    {
      shapes: { x: [70001], found: [4] },
      attrs: { slot: 3 },
      draw: { x: broken([70000, 65999], Number.NaN), ...untouched },
    },
    // A lower index that another dispatch has left stays.
    { shapes: { x: [300], found: [1] }, attrs: { slot: 0 }, draw: { x: broken([5], Number.NaN), found: () => 3 } },
  ],
};
