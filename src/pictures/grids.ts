import { InputError } from "../errors.js";
import { type ImageShape, imageCount, type Picture, stack, type TileOptions, tile } from "./picture.js";

/** Images in a grid as square as they go, e.g. draws from the prior. images [N, H, W, C], shape [C, H, W]. */
export function sampleGrid(images: Float32Array, shape: ImageShape, options?: TileOptions): Picture {
  return tile(images, shape, Math.ceil(Math.sqrt(imageCount(images, shape))), options);
}

export interface RowsOptions extends TileOptions {
  /** What the encoder saw, drawn between the two: the corrupted images of a denoising autoencoder. */
  readonly seen?: Float32Array;
  /** Images a row. Default 10. */
  readonly columns?: number;
}

/** Originals over their reconstructions, each [N, H, W, C]; more than a row of them go on below.
 * @throws InputError where the numbers of images differ */
export function reconstructionRows(
  originals: Float32Array,
  reconstructions: Float32Array,
  shape: ImageShape,
  { seen, columns = 10, ...options }: RowsOptions = {},
): Picture {
  const kinds = seen ? [originals, seen, reconstructions] : [originals, reconstructions];
  const count = imageCount(originals, shape);
  for (const kind of kinds)
    if (kind.length !== originals.length)
      throw new InputError(`${count} originals stand over ${imageCount(kind, shape)} others; give as many of each.`);
  const width = originals.length / count;
  const rows: Picture[] = [];
  for (let at = 0; at < count; at += columns) {
    const part = (images: Float32Array): Float32Array => images.subarray(at * width, (at + columns) * width);
    rows.push(
      stack(
        kinds.map((kind) => tile(part(kind), shape, columns, options)),
        options.gap,
      ),
    );
  }
  return stack(rows, 3 * (options.gap ?? 2));
}

/** The tutorials' film: a row of images an epoch, the first epoch on top. Each row [N, H, W, C]. */
export function filmGrid(rows: readonly Float32Array[], shape: ImageShape, options: TileOptions = {}): Picture {
  return stack(
    rows.map((row) => tile(row, shape, imageCount(row, shape), options)),
    options.gap,
  );
}

/** Walks between images: a row a pair, `steps` images wide. images [pairs * steps, H, W, C], as `Runner.interpolate` gives. */
export function interpolation(images: Float32Array, shape: ImageShape, steps: number, options?: TileOptions): Picture {
  return tile(images, shape, steps, options);
}
