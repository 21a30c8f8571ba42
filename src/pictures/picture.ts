import { InputError } from "../errors.js";

/** Bytes of a picture, rows from the top, channels last; what `encodePng` takes. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** [C, H, W] of one image. */
export type ImageShape = readonly number[];

export interface TileOptions {
  /** Pixels of the picture along each side of an image's pixel. By default images smaller than 56 are drawn about that size. */
  readonly scale?: number;
  /** Pixels between images. Default 2. */
  readonly gap?: number;
}

/** Grey of gaps and of empty cells. */
const ground = 48;
/** What our own PNG reader takes, and what people's viewers like. */
const largestSide = 8192;
const pleasantSide = 56;

const byte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));

function blank(width: number, height: number, channels: 1 | 3): Picture {
  if (width > largestSide || height > largestSide)
    throw new InputError(
      `The picture would be ${width} x ${height} pixels, and ${largestSide} a side is the most; show fewer images.`,
    );
  return { width, height, channels, data: new Uint8Array(width * height * channels).fill(ground) };
}

/** Pixels of a picture along each side of an image's pixel, where nobody says otherwise: small images are drawn larger. */
export const imageScale = ([, H, W]: ImageShape): number => Math.max(1, Math.round(pleasantSide / Math.max(H, W)));

/** How many images of a shape an array [N, H * W * C] holds. @throws InputError where it is no whole number */
export function imageCount(images: ArrayLike<number>, [C, H, W]: ImageShape): number {
  const count = images.length / (C * H * W);
  if (!Number.isInteger(count) || count === 0)
    throw new InputError(
      `${images.length} numbers are no whole images of ${C} x ${H} x ${W} (C, H, W); check the shape.`,
    );
  return count;
}

/** Images in rows of `columns`, from the top left, with a thin gap between them. images [N, H, W, C] in [0, 1] (values beyond
 * are cut off; NaN is black); shape [C, H, W]. One channel or two give grey (the first), three or more their first three.
 * @throws InputError where the numbers do not make whole images, or the picture would pass 8192 pixels a side */
export function tile(images: Float32Array, shape: ImageShape, columns: number, options: TileOptions = {}): Picture {
  const [C, H, W] = shape;
  const count = imageCount(images, shape);
  const gap = options.gap ?? 2;
  const across = Math.max(1, Math.min(columns, count));
  const down = Math.ceil(count / across);
  const side = (cells: number, size: number): number => cells * size + (cells - 1) * gap;
  let scale = options.scale ?? imageScale(shape);
  if (options.scale === undefined)
    while (scale > 1 && Math.max(side(across, W * scale), side(down, H * scale)) > largestSide) scale--;
  const channels = C >= 3 ? 3 : 1;
  const out = blank(side(across, W * scale), side(down, H * scale), channels);
  for (let n = 0; n < count; n++) {
    const left = (n % across) * (W * scale + gap);
    const top = Math.floor(n / across) * (H * scale + gap);
    for (let y = 0; y < H * scale; y++)
      for (let x = 0; x < W * scale; x++) {
        const from = ((n * H + Math.floor(y / scale)) * W + Math.floor(x / scale)) * C;
        const to = ((top + y) * out.width + left + x) * channels;
        for (let c = 0; c < channels; c++) out.data[to + c] = byte(images[from + c]);
      }
  }
  return out;
}

/** Pictures under each other, left-aligned, `gap` pixels apart; grey ones become coloured where another is.
 * @throws InputError where there are none, or the picture would pass 8192 pixels a side */
export function stack(rows: readonly Picture[], gap = 2): Picture {
  if (rows.length === 0) throw new InputError("There is no picture to stack; give one at least.");
  const channels = rows.some((r) => r.channels === 3) ? 3 : 1;
  const height = rows.reduce((sum, r) => sum + r.height, (rows.length - 1) * gap);
  const out = blank(Math.max(...rows.map((r) => r.width)), height, channels);
  let top = 0;
  for (const row of rows) {
    for (let y = 0; y < row.height; y++)
      for (let x = 0; x < row.width; x++)
        for (let c = 0; c < channels; c++) {
          const from = (y * row.width + x) * row.channels + Math.min(c, row.channels - 1);
          out.data[((top + y) * out.width + x) * channels + c] = row.data[from];
        }
    top += row.height + gap;
  }
  return out;
}
