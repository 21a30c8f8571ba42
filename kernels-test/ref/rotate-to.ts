import { rotateTo } from "../../src/ops/rotate-to.js";
import { ulp } from "./accuracy.js";
import type { OpProof, Ran } from "./contract.js";
import { dot, draws } from "./contract.js";

type Vector = Float64Array;
const lengthOf = (v: Vector): number => Math.sqrt(dot(v, v));
const unit = (v: Vector): Vector => v.map((e) => e / (lengthOf(v) || 1));
const sizeOf = (v: Vector): Vector => v.map(Math.abs);

/** v, turned by the rotation that takes a to b in their plane; reflected where they are opposite. */
function turned(a: Vector, b: Vector, v: Vector): Vector {
  const u = a.map((e, i) => e + b[i]);
  const bend = 1 + dot(a, b) > 1e-6 ? dot(u, v) / (1 + dot(a, b)) : 0;
  return v.map((e, i) => e - bend * u[i] + 2 * dot(a, v) * b[i]);
}

/** sum dy . |q|/|x| R x with the map held still, row by row. */
function objective({ values: run, shapes }: Ran, { values: base }: Ran): number {
  const [x, still, q, dy] = [run.get("x"), base.get("x"), base.get("q"), base.get("dy")] as Vector[];
  const D = shapes.get("x")?.at(-1) ?? 1;
  let sum = 0;
  for (let from = 0; from < q.length; from += D) {
    const row = (v: Vector): Vector => v.slice(from, from + D);
    const stretch = lengthOf(row(still)) === 0 ? 0 : lengthOf(row(q)) / lengthOf(row(still));
    const moved = turned(unit(row(still)), unit(row(q)), row(x)).map((e) => e * stretch);
    sum += dot(row(dy), stretch === 0 && lengthOf(row(still)) === 0 ? row(x) : moved);
  }
  return sum;
}

export const rotateToProof: OpProof = {
  op: rotateTo,
  exact: false,
  references: {
    "rotate-to/forward": ({ in: { q }, out: { y }, sizes: { N, D } }) => {
      for (let i = 0; i < N * D; i++) y.put(i, q[i]);
    },
    "rotate-to/grad-x": ({ in: { x, q, dy }, out: { dx }, sizes: { N, D } }) => {
      for (let n = 0; n < N; n++) {
        const row = (v: typeof x): Vector => v.slice(n * D, n * D + D) as Vector;
        const [a, b, v] = [unit(row(x)), unit(row(q)), row(dy)];
        const back = turned(b, a, v);
        const stretch = lengthOf(row(q)) / lengthOf(row(x));
        // What the sums add up, and how much the quotient by 1 + a.b enlarges it.
        const along = dot(sizeOf(a), sizeOf(v)) + dot(sizeOf(b), sizeOf(v));
        const wide = 1 / Math.max(1 + dot(a, b), 1e-6);
        for (let d = 0; d < D; d++) {
          const size = Math.abs(v[d]) + along * (wide * (1 + wide) * Math.abs(a[d] + b[d]) + 2 * Math.abs(a[d]));
          const granted = 4 * (ulp.sqrt(size) + ulp.divide(size));
          if (lengthOf(row(x)) === 0) dx.put(n * D + d, v[d]);
          else dx.put(n * D + d, stretch * back[d], stretch * size, D + 3, stretch * granted);
        }
      }
    },
  },
  objective,
  cases: [
    { shapes: { x: [1, 1], q: [1, 1] }, draw: { x: draws.uniform(0.5, 2), q: draws.uniform(0.5, 2) } },
    { shapes: { x: [5, 3], q: [5, 3] }, draw: { x: draws.uniform(0.5, 2), q: draws.uniform(-0.5, 2) } },
    { shapes: { x: [2, 7, 5, 33], q: [2, 7, 5, 33] } },
    { shapes: { x: [131, 16], q: [131, 16] }, draw: { q: draws.uniform(-1e-4, 1e-4) } },
    // Rows of zeros, and codes of zeros.
    {
      shapes: { x: [67, 4], q: [67, 4] },
      draw: {
        x: (r, i) => (Math.floor(i / 4) % 3 === 0 ? 0 : r.uniform() + 0.1),
        q: (r, i) => (Math.floor(i / 4) % 4 === 0 ? 0 : r.uniform() + 0.1),
      },
    },
    // Opposite to one another.
    { shapes: { x: [9, 2], q: [9, 2] }, draw: { x: (_, i) => 1 + (i % 2), q: (_, i) => -2 - 2 * (i % 2) } },
  ],
};
