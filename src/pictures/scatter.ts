import { InputError } from "../errors.js";
import type { Picture } from "./picture.js";

/** Colours of the first labels, told apart by colour-blind people too (Okabe and Ito 2008), and two more for ten digits. */
const colours: readonly (readonly [number, number, number])[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  [235, 235, 235],
  [150, 90, 220],
  [160, 110, 70],
];

/** The colour of a label, RGB in [0, 255]; they come round after ten. */
export const labelColour = (label: number): readonly [number, number, number] => colours[label % colours.length];

export interface ScatterOptions {
  /** Pixels a side. Default 640. */
  readonly size?: number;
  /** The two dimensions that are shown. Default 0 and 1. */
  readonly dims?: readonly [number, number];
  /** The coordinate at the edges. By default every point is inside. */
  readonly range?: number;
  /** Outlines of one standard deviation, drawn under the dots: the posteriors of a VAE. */
  readonly ellipses?: readonly Ellipse[];
}

/** The covariance of a point's own distribution: variances along the first and the second dimension, and what they share. */
export interface Ellipse {
  /** Which point it is around. */
  readonly point: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

const dark = 20;
const axisGrey = 70;
/** A point is a square of this many pixels a side. */
const dot = 3;

/** A map of latents [N, latentDim]: a dot an image at its two coordinates, coloured by label where there are labels; 0 is in
 * the middle, the first dimension grows to the right, the second upwards, axes in grey.
 * @throws InputError where a dimension is not there or a coordinate is not finite */
export function latentScatter(
  latents: Float32Array,
  latentDim: number,
  labels?: ArrayLike<number>,
  { size = 640, dims = [0, 1], range, ellipses = [] }: ScatterOptions = {},
): Picture {
  const [a, b] = dims;
  if (Math.max(a, b) >= latentDim || latents.length % latentDim !== 0)
    throw new InputError(
      `A map of dimensions ${a} and ${b} needs latents of more than ${latentDim}; take other dims or check latentDim.`,
    );
  const count = latents.length / latentDim;
  let far = 0;
  for (let n = 0; n < count; n++)
    far = Math.max(far, Math.abs(latents[n * latentDim + a]), Math.abs(latents[n * latentDim + b]));
  if (!Number.isFinite(far)) throw new InputError("A latent is not finite and has no place on a map; check the run.");
  const edge = range ?? (far === 0 ? 1 : far * 1.05);
  const data = new Uint8Array(size * size * 3).fill(dark);
  const middle = Math.floor(size / 2);
  for (let i = 0; i < size; i++) {
    data.fill(axisGrey, (middle * size + i) * 3, (middle * size + i + 1) * 3);
    data.fill(axisGrey, (i * size + middle) * 3, (i * size + middle + 1) * 3);
  }
  const pixel = (value: number): number => Math.round(((value / edge + 1) / 2) * (size - 1));
  const put = (u: number, v: number, colour: readonly number[]): void => {
    if (u >= 0 && v >= 0 && u < size && v < size) data.set(colour, (v * size + u) * 3);
  };
  for (const { point, ...spread } of ellipses) {
    const colour = labelColour(labels?.[point] ?? 1).map((c) => Math.round((c + dark) / 2));
    const [x, y] = [latents[point * latentDim + a], latents[point * latentDim + b]];
    for (const [u, v] of outline(spread, (2 * edge) / (size - 1))) put(pixel(x + u), size - 1 - pixel(y + v), colour);
  }
  for (let n = 0; n < count; n++) {
    const [x, y] = [pixel(latents[n * latentDim + a]), size - 1 - pixel(latents[n * latentDim + b])];
    const colour = labelColour(labels?.[n] ?? 1);
    for (let v = y - 1; v < y - 1 + dot; v++) for (let u = x - 1; u < x - 1 + dot; u++) put(u, v, colour);
  }
  return { width: size, height: size, channels: 3, data };
}

/** Places around an ellipse of one standard deviation, relative to its middle, no further apart than `step`: the circle through the
 * covariance's triangular root. */
function* outline({ xx, yy, xy }: Omit<Ellipse, "point">, step: number): Generator<readonly [number, number]> {
  const first = Math.sqrt(Math.max(0, xx));
  const shared = first === 0 ? 0 : xy / first;
  const second = Math.sqrt(Math.max(0, yy - shared * shared));
  const around = 2 * Math.PI * Math.max(first, Math.sqrt(Math.max(0, yy)));
  const places = Math.min(20_000, Math.max(8, Math.ceil((2 * around) / step)));
  for (let i = 0; i < places; i++) {
    const angle = (2 * Math.PI * i) / places;
    yield [first * Math.cos(angle), shared * Math.cos(angle) + second * Math.sin(angle)];
  }
}
