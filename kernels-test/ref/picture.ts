import { codeColours, putPoints, scatter, tiles } from "../../src/ops/picture.js";
import { codeColour } from "../../src/pictures/code-map.js";
import { labelColour } from "../../src/pictures/scatter.js";
import type { Draw, OpProof } from "./contract.js";
import { draws } from "./contract.js";

const packed = ([r, g, b]: readonly number[]): number => (r + 256 * g + 65_536 * b + 2 ** 24 * 255) >>> 0;
const byte = (value: number): number => Math.floor(255 * Math.min(1, Math.max(0, value)) + 0.5);

/** A grey in 255ths, beyond both ends too, away from where rounding turns. */
const grey = { x: (r) => (r.below(300) - 20 + 0.8 * (r.uniform() - 0.5)) / 255 } satisfies Record<string, Draw>;

export const tilesProof: OpProof = {
  op: tiles,
  exact: true,
  references: {
    "picture/tiles": ({ in: { x }, out: { pixels }, sizes: { N, H, W, C, K, scale, gap, V, S } }) => {
      for (let v = 0; v < V; v++)
        for (let u = 0; u < S; u++) {
          const [wide, high] = [W * scale + gap, H * scale + gap];
          const [column, row] = [Math.floor(u / wide), Math.floor(v / high)];
          const [left, top] = [u - column * wide, v - row * high];
          const n = row * K + column;
          const shown = column < K && n < N && left < W * scale && top < H * scale;
          const from = ((n * H + Math.floor(top / scale)) * W + Math.floor(left / scale)) * C;
          const channel = (c: number): number => (shown ? byte(x[from + (C >= 3 ? c : 0)]) : 48);
          pixels.put(v * S + u, packed([channel(0), channel(1), channel(2)]));
        }
    },
  },
  cases: [
    { shapes: { x: [1, 1, 1, 1] }, attrs: { columns: 1 }, draw: grey },
    { shapes: { x: [5, 3, 4, 3] }, attrs: { columns: 3, scale: 2, gap: 1 }, draw: grey },
    { shapes: { x: [7, 9, 5, 1] }, attrs: { columns: 4, scale: 1, gap: 2 }, draw: grey },
    { shapes: { x: [2, 11, 13, 4] }, attrs: { columns: 9, scale: 3, gap: 0 }, draw: grey },
  ],
};

export const codeColoursProof: OpProof = {
  op: codeColours,
  exact: false,
  references: {
    "picture/code-colours": ({ in: { indices }, out: { y }, sizes: { N } }) => {
      for (let n = 0; n < N; n++) for (const [c, v] of codeColour(indices[n]).entries()) y.put(3 * n + c, v, 6, 8);
    },
  },
  cases: [
    { shapes: { indices: [1] }, draw: { indices: () => 0 } },
    { shapes: { indices: [3, 7] }, draw: { indices: draws.integer(9) } },
    { shapes: { indices: [2, 15, 11] }, draw: { indices: draws.integer(65_536) } },
  ],
};

export const putPointsProof: OpProof = {
  op: putPoints,
  exact: true,
  references: {
    "picture/put-points": ({ in: { z }, out: { map }, sizes: { B, D, N, first, second }, step }) => {
      for (let b = 0; b < Math.min(B, step.rows); b++)
        for (const [k, from] of [first, second].entries())
          if (step.cursor + b < N) map.put(2 * (step.cursor + b) + k, z[b * D + from]);
    },
  },
  cases: [
    { shapes: { z: [1, 2], map: [1, 2] } },
    { shapes: { z: [9, 5], map: [20, 2] }, attrs: { first: 4, second: 1 }, step: { cursor: 7, rows: 6 } },
    { shapes: { z: [300, 3], map: [310, 2] }, attrs: { first: 2, second: 0 }, step: { cursor: 100 } },
  ],
};

const range = 3;
/** A coordinate near a pixel's middle, beyond both edges too. */
const near =
  (size: number): Draw =>
  (r) =>
    range * ((2 * (r.below(size + 6) - 3 + 0.6 * (r.uniform() - 0.5))) / Math.max(1, size - 1) - 1);
const points = (size: number) => ({ map: near(size), labels: draws.integer(23), marks: () => 0 });

export const scatterProof: OpProof = {
  op: scatter,
  exact: false,
  references: {
    "picture/points": ({ in: { map, marks: before }, out: { marks }, sizes: { N, V, range: edge } }) => {
      const found = Float64Array.from(before);
      const pixel = (value: number): number => Math.floor(((value / edge + 1) / 2) * (V - 1) + 0.5);
      for (let n = 0; n < N; n++) {
        const [x, y] = [pixel(map[2 * n]), pixel(-map[2 * n + 1])];
        if (Math.max(Math.abs(map[2 * n]), Math.abs(map[2 * n + 1])) >= 2 * edge) continue;
        for (let v = y - 1; v <= y + 1; v++)
          for (let u = x - 1; u <= x + 1; u++)
            if (u >= 0 && v >= 0 && u < V && v < V) found[v * V + u] = Math.max(found[v * V + u], n + 1);
      }
      for (const [i, mark] of found.entries()) if (mark > 0) marks.put(i, mark);
    },
    "picture/point-colours": ({ in: { marks: before, labels }, out: { marks, pixels }, sizes: { V, S } }) => {
      const middle = Math.floor(V / 2);
      for (let i = 0; i < V * S; i++) {
        const [u, v] = [i % S, Math.floor(i / S)];
        const mark = u < V ? before[v * V + u] : 0;
        const ground = u === middle || v === middle ? 70 : 20;
        pixels.put(i, packed(mark > 0 ? labelColour(labels[mark - 1]) : [ground, ground, ground]));
        if (u < V) marks.put(v * V + u, 0);
      }
    },
  },
  cases: [
    { shapes: { map: [1, 2], labels: [1], marks: [5, 5] }, attrs: { range }, draw: points(5) },
    { shapes: { map: [40, 2], labels: [40], marks: [33, 33] }, attrs: { range }, draw: points(33) },
    { shapes: { map: [700, 2], labels: [700], marks: [70, 70] }, attrs: { range }, draw: points(70) },
  ],
};
