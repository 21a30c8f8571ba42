import type { Env } from "../../src/graph/interpret.js";
import { fsq, fsqCodes, fsqLevels } from "../../src/ops/fsq.js";
import { ulp } from "./accuracy.js";
import type { Case, OpProof } from "./contract.js";
import { dot, draws } from "./contract.js";

interface Level {
  readonly L: number;
  readonly half: number;
  readonly offset: number;
  readonly shift: number;
}

/** Mentzer et al. 2023, appendix A.1. */
function levelOf(L: number): Level {
  const half = ((L - 1) * 1.001) / 2;
  const offset = L % 2 === 0 ? 0.5 : 0;
  return { L, half, offset, shift: Math.atanh(offset / half) };
}

const levelsOf = ({ D, ...sizes }: Env["sizes"]): Level[] =>
  Array.from({ length: D }, (_, d) => levelOf(sizes[`L${d}`]));
const bounded = (z: number, { half, offset, shift }: Level): number => Math.tanh(z + shift) * half - offset;

const item = (rows: number[], levels: number[], step?: Case["step"]): Case => ({
  shapes: { z: [...rows, levels.length] },
  attrs: fsqLevels(levels),
  // Away from the places where rounding jumps.
  draw: {
    z: (r, i) => {
      const { L, half, offset, shift } = levelOf(levels[i % levels.length]);
      const digit = r.below(L) - Math.floor(L / 2);
      const place = (digit + 0.8 * (r.uniform() - 0.5) + offset) / half;
      return Math.atanh(Math.max(-0.999, Math.min(0.999, place))) - shift;
    },
  },
  ...(step && { step }),
});

export const fsqProof: OpProof = {
  op: fsq,
  exact: false,
  references: {
    "fsq/forward": ({ in: { z }, out: { q, indices }, sizes }) => {
      const levels = levelsOf(sizes);
      for (let n = 0; n < sizes.N; n++) {
        let [index, basis] = [0, 1];
        levels.forEach((level, d) => {
          const digit = Math.round(bounded(z[n * levels.length + d], level)) + Math.floor(level.L / 2);
          const value = digit / Math.floor(level.L / 2) - 1;
          q.put(n * levels.length + d, value, Math.abs(value), 1, ulp.divide(value));
          index += digit * basis;
          basis *= level.L;
        });
        indices.put(n, index);
      }
    },
    "fsq/grad-z": ({ in: { z, dq }, out: { dz }, sizes }) => {
      const levels = levelsOf(sizes);
      for (let i = 0; i < z.length; i++) {
        const { L, half, shift } = levels[i % levels.length];
        const at = z[i] + shift;
        const value = (dq[i] * (1 - Math.tanh(at) ** 2) * half) / Math.floor(L / 2);
        const exponent = 3 + 4 * Math.abs(at) + 2 * (Math.abs(z[i]) + shift);
        dz.put(i, value, Math.abs(value), 6, exponent * ulp.one * Math.abs(value) + 2 * ulp.divide(value));
      }
    },
  },
  // The bounded value moves on, its distance from the level held still.
  objective: ({ values: run, item: { attrs } }, { values: base }) => {
    const levels = Object.values(attrs ?? {}).map((L) => levelOf(Number(L)));
    const moved = run.get("z")?.map((z, i) => {
      const level = levels[i % levels.length];
      return bounded(z, level) / Math.floor(level.L / 2);
    });
    return dot(base.get("dq"), moved);
  },
  cases: [item([1], [2]), item([5, 3], [3, 4]), item([67], [8, 5, 5, 5]), item([2, 9, 11], [7, 2, 3, 4, 5, 6, 8, 9])],
};

export const fsqCodesProof: OpProof = {
  op: fsqCodes,
  exact: false,
  references: {
    "fsq-codes/forward": ({ in: { indices }, out: { q }, sizes }) => {
      const levels = levelsOf(sizes);
      for (let n = 0; n < sizes.N; n++) {
        let rest = indices[n];
        levels.forEach(({ L }, d) => {
          const value = (rest % L) / Math.floor(L / 2) - 1;
          q.put(n * levels.length + d, value, Math.abs(value), 1, ulp.divide(value));
          rest = Math.floor(rest / L);
        });
      }
    },
  },
  cases: [[2], [3, 4], [8, 5, 5, 5], [7, 2, 3, 4, 5, 6, 8, 9]].map((levels, c) => ({
    shapes: { indices: [[1], [5, 3], [67], [2, 9, 11]][c] },
    attrs: fsqLevels(levels),
    draw: { indices: draws.integer(levels.reduce((n, L) => n * L, 1)) },
  })),
};
