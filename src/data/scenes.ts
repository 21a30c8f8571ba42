import { RandomStream, streams } from "../random/philox.js";
import type { Dataset } from "./dataset.js";

/** builtin:scenes: landscapes of flat shapes, 128 x 128 in colour: a sky from one hue to another, a sun or moon, hills one
 * behind the other, and trees, houses or balloons. */
const side = 128;
const area = side * side;

type Colour = readonly [number, number, number];

/** Whether a point lies in a shape: how far inside its outline in pixels, negative outside. */
type Shape = (x: number, y: number) => number;

/** hue in turns, the rest in [0, 1] (Smith 1978, "Color gamut transform pairs"). */
function hsv(hue: number, saturation: number, value: number): Colour {
  const channel = (n: number): number => {
    const k = (n + 6 * (hue - Math.floor(hue))) % 6;
    return 255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

const mix = (a: Colour, b: Colour, t: number): Colour => [0, 1, 2].map((c) => a[c] + t * (b[c] - a[c])) as never;

/** Lays a shape on the picture; its outline is smoothed over a pixel. Only pixels of the box are looked at. */
function paint(
  picture: Float32Array,
  shape: Shape,
  colour: (y: number) => Colour,
  [left, top, right, bottom]: readonly [number, number, number, number] = [0, 0, side, side],
): void {
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(side, bottom); y++) {
    const ink = colour(y + 0.5);
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(side, right); x++) {
      const cover = Math.min(1, shape(x + 0.5, y + 0.5) + 0.5);
      if (cover <= 0) continue;
      const at = 3 * (y * side + x);
      for (let c = 0; c < 3; c++) picture[at + c] += cover * (ink[c] - picture[at + c]);
    }
  }
}

const disc =
  (cx: number, cy: number, rx: number, ry = rx): Shape =>
  (x, y) =>
    Math.min(rx, ry) * (1 - Math.hypot((x - cx) / rx, (y - cy) / ry));

const box =
  (cx: number, cy: number, width: number, height: number): Shape =>
  (x, y) =>
    Math.min(width / 2 - Math.abs(x - cx), height / 2 - Math.abs(y - cy));

/** A triangle on its base, its top at (cx, top). */
const gable =
  (cx: number, top: number, width: number, height: number): Shape =>
  (x, y) =>
    Math.min(top + height - y, ((y - top) * width) / (2 * height) - Math.abs(x - cx));

interface Scene {
  readonly picture: Float32Array;
  readonly between: (low: number, high: number) => number;
  readonly below: (n: number) => number;
  /** From 0, night, to 1, day. */
  readonly light: number;
}

function sky({ picture, between, light }: Scene): Colour {
  const hue = between(0.5, 0.68);
  const glow = between(0.95, 1.15);
  const zenith = hsv(hue, 0.75 - 0.3 * light, 0.25 + 0.65 * light);
  const horizon = hsv(glow, 0.55 - 0.3 * light, 0.6 + 0.4 * light);
  paint(
    picture,
    () => 1,
    (y) => mix(zenith, horizon, Math.min(1, y / (0.7 * side)) ** 1.3),
  );
  const [x, y, r] = [between(16, 112), between(14, 50), between(6, 14)];
  const face = light > 0.5 ? hsv(0.14, 0.35, 1) : hsv(0.15, 0.12, 0.95);
  const around = [x - 2 * r, y - 2 * r, x + 2 * r + 1, y + 2 * r + 1] as const;
  paint(picture, disc(x, y, r * 1.9), (at) => mix(mix(zenith, horizon, at / side), face, 0.25), around);
  paint(picture, disc(x, y, r), () => face, around);
  return horizon;
}

/** The height of a hill's edge by x: two waves. */
function ridge({ between }: Scene, level: number, height: number): (x: number) => number {
  const waves = [1, 2.3].map((f) => ({ f: f * between(0.02, 0.045), at: between(0, 6.3), by: height / f }));
  const heights = Float32Array.from(
    { length: side },
    (_, x) => level - waves.reduce((sum, { f, at, by }) => sum + by * Math.sin(f * x + at), 0),
  );
  return (x) => heights[Math.floor(x)] as number;
}

function tree({ picture, between, below, light }: Scene, x: number, y: number, size: number, hue: number): void {
  const trunk = hsv(0.07, 0.5, 0.2 + 0.2 * light);
  paint(picture, box(x, y - size * 0.15, size * 0.16, size * 0.5), () => trunk, [
    x - size,
    y - size,
    x + size,
    y + size,
  ]);
  const leaves = hsv(hue + between(-0.03, 0.03), 0.6, 0.25 + 0.4 * light);
  const around = [x - size, y - 2 * size, x + size, y + 1] as const;
  if (below(2) === 0) paint(picture, disc(x, y - size * 0.8, size * 0.45, size * 0.55), () => leaves, around);
  else
    for (const [top, width] of [
      [1.5, 0.6],
      [1.15, 0.8],
    ] as const)
      paint(picture, gable(x, y - size * top, size * width, size * 0.8), () => leaves, around);
}

function house({ picture, between, light }: Scene, x: number, y: number, size: number): void {
  const around = [x - size, y - 2 * size, x + size, y + size] as const;
  const wall = hsv(between(0.02, 0.14), between(0.1, 0.4), 0.5 + 0.45 * light);
  const roof = hsv(between(-0.04, 0.05), 0.7, 0.35 + 0.35 * light);
  const window = light > 0.5 ? hsv(0.58, 0.4, 0.5) : hsv(0.13, 0.6, 1);
  paint(picture, box(x, y - size * 0.3, size, size * 0.7), () => wall, around);
  paint(picture, gable(x, y - size * 1.15, size * 1.25, size * 0.55), () => roof, around);
  for (const dx of [-0.25, 0.25])
    paint(picture, box(x + dx * size, y - size * 0.38, size * 0.2, size * 0.22), () => window, around);
}

function balloon({ picture, between, light }: Scene, x: number, y: number, r: number): void {
  const around = [x - 2 * r, y - 2 * r, x + 2 * r, y + 3 * r] as const;
  const hue = between(0, 1);
  paint(picture, gable(x, y + r * 1.7, r * 0.1, 1), () => hsv(hue, 0.3, 0.5), around);
  paint(picture, disc(x, y, r, r * 1.15), () => hsv(hue, 0.65, 0.45 + 0.5 * light), around);
  paint(picture, disc(x, y, r * 0.45, r * 1.15), () => hsv(hue + 0.12, 0.5, 0.55 + 0.45 * light), around);
  paint(picture, box(x, y + r * 1.6, r * 0.45, r * 0.35), () => hsv(0.08, 0.6, 0.25 + 0.25 * light), around);
}

function drawScene(random: RandomStream, out: Uint8Array): void {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const light = between(0, 1) < 0.25 ? between(0, 0.3) : between(0.6, 1);
  const scene: Scene = { picture: new Float32Array(3 * area), between, below: (n) => random.below(n), light };
  const horizon = sky(scene);
  for (let i = random.below(3); i > 0; i--) balloon(scene, between(14, 114), between(16, 52), between(5, 10));
  const hue = between(0.2, 0.42);
  const hills = 2 + random.below(2);
  for (let h = 0; h < hills; h++) {
    const near = (h + 1) / hills;
    const edge = ridge(scene, 62 + 44 * near - between(0, 10), 5 + 3 * between(0, 1));
    const grass = mix(horizon, hsv(hue, 0.55, 0.2 + 0.5 * light), 0.35 + 0.6 * near);
    paint(
      scene.picture,
      (x, y) => y - edge(x),
      (y) => mix(grass, [0, 0, 0], (0.35 * (y - 60)) / side),
      [0, 40, side, side],
    );
    for (let i = random.below(4); i > 0; i--) {
      const x = between(8, 120);
      const size = (9 + 10 * near) * between(0.8, 1.2);
      if (random.below(4) === 0) house(scene, x, edge(x) + 0.15 * size, size);
      else tree(scene, x, edge(x) + 0.1 * size, size, hue);
    }
  }
  for (let i = 0; i < out.length; i++) out[i] = Math.min(255, Math.max(0, scene.picture[i] + 0.5));
}

/** Rows `first` to `first + rows` of builtin:scenes, [3,128,128]. Row i is a function of (seed, i) alone. */
export function drawScenes(rows: number, seed = 0, first = 0): Dataset {
  const values = new Uint8Array(rows * area * 3);
  for (let row = 0; row < rows; row++)
    drawScene(
      new RandomStream(seed, streams.builtin, first + row),
      values.subarray(row * area * 3, (row + 1) * area * 3),
    );
  return { name: "builtin:scenes", count: rows, shape: [3, side, side], values };
}
