import { RandomStream, streams } from "../random/philox.js";
import type { Dataset } from "./dataset.js";

/** builtin:glyphs: digits drawn as pen strokes, 28 x 28 grey, light on dark as MNIST. A stroke is a list of points, x to
 * the right and y down, that a smooth curve (Catmull & Rom 1974) runs through; a sharp corner begins a new stroke. */
type Stroke = readonly (readonly [number, number])[];

/** The ways in which each digit is written: points in hundredths of the digit's width and height, strokes parted by "|". */
const digits: readonly (readonly Stroke[])[][] = [
  ["52,0 20,14 6,50 20,87 50,100 80,87 94,50 82,14 50,0", "62,2 26,16 12,55 24,90 50,100 76,84 86,45 74,12 48,3"],
  [
    "50,0 50,50 50,100",
    "28,24 42,14 54,0 | 54,0 53,50 52,100",
    "26,22 42,13 52,0 | 52,0 52,50 52,100 | 24,100 52,100 80,100",
  ],
  [
    "10,24 24,5 52,0 80,10 84,32 62,60 34,82 8,100 | 8,100 50,98 92,98",
    "12,20 34,1 68,4 80,28 62,60 30,90 12,94 16,78 42,82 68,97 94,92",
  ],
  [
    "12,12 40,0 74,6 82,25 64,43 40,47 | 40,47 72,52 90,73 74,94 40,100 8,88",
    "12,2 45,1 82,2 | 82,2 62,22 44,42 | 44,42 76,48 88,72 70,95 38,100 10,88",
  ],
  [
    "24,2 16,30 10,56 | 10,56 50,56 92,54 | 76,4 72,50 68,100",
    "68,0 36,32 4,66 | 4,66 50,66 96,65 | 70,0 69,50 68,100",
  ],
  [
    "86,2 54,2 24,3 | 24,3 20,24 17,45 | 17,45 48,37 80,50 88,72 70,95 38,100 8,88",
    "90,0 60,3 30,5 | 30,5 26,22 22,40 | 22,40 56,44 80,64 68,90 36,100 6,95",
  ],
  [
    "74,2 42,18 18,50 14,80 38,99 72,94 86,74 70,56 40,58 17,74",
    "50,0 26,30 14,66 28,94 56,100 82,86 80,62 56,52 30,62 16,80",
  ],
  [
    "8,4 50,3 90,2 | 90,2 66,42 46,74 38,100",
    "8,6 50,3 90,2 | 90,2 68,40 50,72 44,100 | 34,52 58,50 84,48",
    "10,20 12,10 14,2 | 14,2 50,3 88,0 | 88,0 66,34 54,66 50,100",
  ],
  [
    "50,47 22,32 24,9 50,0 76,9 78,32 50,47 18,64 14,88 50,100 86,88 82,64 50,47",
    "82,12 54,0 26,10 28,33 56,50 80,70 74,93 46,100 20,90 22,68 50,48 76,30 82,12",
  ],
  [
    "84,24 66,3 34,3 16,24 30,46 62,46 84,24 | 84,24 82,60 74,100",
    "80,18 52,0 20,14 18,38 44,52 72,40 84,16 84,55 70,88 40,100 16,90",
  ],
].map((ways) => ways.map((way) => way.split("|").map(parseStroke)));

function parseStroke(text: string): Stroke {
  return text
    .trim()
    .split(" ")
    .map((pair) => pair.split(",").map((part) => Number(part) / 100) as [number, number]);
}

const side = 28;
const area = side * side;
/** Most pixels that a digit spans, from the middle of one stroke to the middle of another. */
const box = 20;
/** Straight pieces between two points of a stroke. */
const pieces = 4;

/** One row's strokes as straight segments x0 y0 x1 y1 in pixels of a picture whose digit is about 20 high, around 0. */
function pen(random: RandomStream, digit: number): number[] {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const ways = digits[digit] as (readonly Stroke[])[];
  const strokes = ways[random.below(ways.length)] as readonly Stroke[];
  const width = box * between(0.5, 0.88) * (digit === 1 ? 0.7 : 1);
  const height = box * between(0.88, 1);
  const slant = between(-0.1, 0.35);
  const angle = between(-0.16, 0.16);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // A wobble of the whole sheet rather than of each point: strokes that meet go on meeting.
  const bends = [0, 1, 2, 3].map(() => ({ at: between(0, 2 * Math.PI), by: between(-0.06, 0.06) }));
  const place = ([x, y]: readonly [number, number]): [number, number] => {
    const [p, q, r, s] = bends as [Bend, Bend, Bend, Bend];
    const u = x - 0.5 + p.by * Math.sin(6 * y + p.at) + q.by * Math.sin(5 * x + q.at);
    const v = y - 0.5 + r.by * Math.sin(6 * x + r.at) + s.by * Math.sin(5 * y + s.at);
    const across = u * width - v * height * slant;
    const down = v * height;
    return [across * cos - down * sin, across * sin + down * cos];
  };
  const segments: number[] = [];
  for (const stroke of strokes) {
    const points = stroke.map(place);
    const point = (i: number) => points[Math.min(Math.max(i, 0), points.length - 1)] as [number, number];
    let from = point(0);
    for (let i = 0; i + 1 < points.length; i++) {
      for (let step = 1; step <= pieces; step++) {
        const to = catmullRom(point(i - 1), point(i), point(i + 1), point(i + 2), step / pieces);
        segments.push(from[0], from[1], to[0], to[1]);
        from = to;
      }
    }
  }
  // MNIST's digits fill a box of 20 x 20.
  const [left, right] = extent(segments, 0);
  const [top, bottom] = extent(segments, 1);
  const fit = Math.min(1, box / Math.max(right - left, bottom - top));
  return segments.map((value) => value * fit);
}

type Bend = { at: number; by: number };
type Point = [number, number];

function catmullRom(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const along = (k: 0 | 1) =>
    b[k] +
    0.5 * t * (c[k] - a[k] + t * (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k] + t * (3 * (b[k] - c[k]) + d[k] - a[k])));
  return [along(0), along(1)];
}

/** Smallest and largest coordinate, k = 0 across and 1 down. */
function extent(segments: number[], k: 0 | 1): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = k; i < segments.length; i += 2) {
    low = Math.min(low, segments[i] as number);
    high = Math.max(high, segments[i] as number);
  }
  return [low, high];
}

/** How far to move so that `mass` comes to the middle, give or take `stray`, and the ink stays off the outermost pixels. */
function shift(segments: number[], k: 0 | 1, mass: number, stray: number, reach: number): number {
  const [low, high] = extent(segments, k);
  return Math.min(Math.max(side / 2 - mass + stray, 1 + reach - low), side - 1 - reach - high);
}

/** Lays the segments on a picture with their centre of mass near its middle. Brightness falls off over one pixel at
 * the distance `radius` from the nearest segment. */
function ink(segments: number[], random: RandomStream, out: Uint8Array, near: Float32Array): void {
  const radius = 0.75 + 0.85 * random.uniform();
  const level = 225 + 30 * random.uniform();
  let [mass, cx, cy] = [0, 0, 0];
  for (let i = 0; i < segments.length; i += 4) {
    const [x0, y0, x1, y1] = segments.slice(i, i + 4) as [number, number, number, number];
    const length = Math.hypot(x1 - x0, y1 - y0);
    mass += length;
    cx += (length * (x0 + x1)) / 2;
    cy += (length * (y0 + y1)) / 2;
  }
  const reach = radius + 0.5;
  const dx = shift(segments, 0, cx / mass, random.uniform() - 0.5, reach);
  const dy = shift(segments, 1, cy / mass, random.uniform() - 0.5, reach);
  near.fill(reach * reach);
  for (let i = 0; i < segments.length; i += 4) {
    // Pixel centres lie at whole numbers plus a half.
    const x0 = (segments[i] as number) + dx - 0.5;
    const y0 = (segments[i + 1] as number) + dy - 0.5;
    const ux = (segments[i + 2] as number) + dx - 0.5 - x0;
    const uy = (segments[i + 3] as number) + dy - 0.5 - y0;
    const scale = 1 / Math.max(ux * ux + uy * uy, 1e-9);
    const left = Math.max(0, Math.ceil(Math.min(x0, x0 + ux) - reach));
    const right = Math.min(side - 1, Math.floor(Math.max(x0, x0 + ux) + reach));
    const top = Math.max(0, Math.ceil(Math.min(y0, y0 + uy) - reach));
    const bottom = Math.min(side - 1, Math.floor(Math.max(y0, y0 + uy) + reach));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const t = Math.min(1, Math.max(0, ((x - x0) * ux + (y - y0) * uy) * scale));
        const ax = x - x0 - t * ux;
        const ay = y - y0 - t * uy;
        const squared = ax * ax + ay * ay;
        if (squared < (near[y * side + x] as number)) near[y * side + x] = squared;
      }
    }
  }
  for (let p = 0; p < area; p++) {
    const squared = near[p] as number;
    if (squared < reach * reach) out[p] = level * Math.min(1, reach - Math.sqrt(squared)) + 0.5;
  }
}

/** Rows `first` to `first + rows` of builtin:glyphs, [1,28,28]. Row i shows digit i mod 10 and is a function of
 * (seed, i) alone: slant, turn, width, wobble, thickness, brightness and the way of writing are drawn for it. */
export function drawGlyphs(rows: number, seed = 0, first = 0): Dataset {
  const values = new Uint8Array(rows * area);
  const labels = new Uint32Array(rows);
  const near = new Float32Array(area);
  for (let row = 0; row < rows; row++) {
    const digit = (first + row) % 10;
    const random = new RandomStream(seed, streams.builtin, first + row);
    ink(pen(random, digit), random, values.subarray(row * area, (row + 1) * area), near);
    labels[row] = digit;
  }
  const classNames = Array.from({ length: 10 }, (_, i) => String(i));
  return { name: "builtin:glyphs", count: rows, shape: [1, side, side], values, labels, classNames };
}
