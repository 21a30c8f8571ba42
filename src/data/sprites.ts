import { RandomStream, streams } from "../random/philox.js";
import type { Dataset } from "./dataset.js";

/** builtin:sprites: one light shape on dark ground, 64 x 64 grey, drawn from five independent factors on the grid of
 * dSprites (Matthey et al. 2017): 3 shapes, 6 scales in [0.5, 1], 40 turns in [0, 2 pi), 32 x and 32 y in [0, 1]. */
const side = 64;
const area = side * side;
const margin = 16;

const shapes = ["square", "ellipse", "heart"];
export const spriteFactorNames = ["shape", "scale", "orientation", "x", "y"];

/** Whether a point lies in a shape of scale 1, in pixels from its centre, y down. The three have about one area. */
const inside: ((x: number, y: number) => boolean)[] = [
  (x, y) => Math.abs(x) <= 8.5 && Math.abs(y) <= 8.5,
  (x, y) => (x / 13) ** 2 + (y / 7.2) ** 2 <= 1,
  (x, y) => {
    // (u^2 + v^2 - 1)^3 = u^2 v^3 is the heart's outline, v up; 0.2935 is its centre of mass.
    const u = x / 8.9;
    const v = 0.2935 - y / 8.9;
    const r = u * u + v * v - 1;
    return r * r * r <= u * u * v * v * v;
  },
];

/** Samples a pixel's side: the outline is smoothed over one pixel. */
const samples = 3;

function drawSprite(
  out: Uint8Array,
  [shape, scale, turn, x, y]: readonly [number, number, number, number, number],
): void {
  const hit = inside[shape] as (x: number, y: number) => boolean;
  const cx = margin + x * (side - 2 * margin);
  const cy = margin + y * (side - 2 * margin);
  const cos = Math.cos(turn) / scale;
  const sin = Math.sin(turn) / scale;
  const reach = 13.5 * scale;
  for (let py = Math.floor(cy - reach); py <= cy + reach; py++) {
    for (let px = Math.floor(cx - reach); px <= cx + reach; px++) {
      let hits = 0;
      for (let s = 0; s < samples * samples; s++) {
        const dx = px + ((s % samples) + 0.5) / samples - cx;
        const dy = py + (Math.floor(s / samples) + 0.5) / samples - cy;
        if (hit(dx * cos + dy * sin, dy * cos - dx * sin)) hits++;
      }
      out[py * side + px] = Math.round((255 * hits) / (samples * samples));
    }
  }
}

/** Rows `first` to `first + rows` of builtin:sprites, [1,64,64]. Labels are the shapes; `factors` [rows,5] holds shape,
 * scale, orientation (radians), x and y. Row i is a function of (seed, i) alone. */
export function drawSprites(
  rows: number,
  seed = 0,
  first = 0,
): Dataset & Required<Pick<Dataset, "labels" | "factors" | "factorNames">> {
  const values = new Uint8Array(rows * area);
  const labels = new Uint32Array(rows);
  const factors = new Float32Array(rows * 5);
  for (let row = 0; row < rows; row++) {
    const random = new RandomStream(seed, streams.builtin, first + row);
    const drawn = [
      random.below(shapes.length),
      0.5 + random.below(6) / 10,
      (2 * Math.PI * random.below(40)) / 40,
      random.below(32) / 31,
      random.below(32) / 31,
    ] as const;
    drawSprite(values.subarray(row * area, (row + 1) * area), drawn);
    labels[row] = drawn[0];
    factors.set(drawn, row * 5);
  }
  return {
    name: "builtin:sprites",
    count: rows,
    shape: [1, side, side],
    values,
    labels,
    classNames: [...shapes],
    factors,
    factorNames: [...spriteFactorNames],
  };
}
