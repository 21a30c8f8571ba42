import { InputError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { largestDataset, rowLength } from "./dataset.js";

/** Width and height in pixels. */
export type Size = readonly [width: number, height: number];

/** What each of `to` pixels along an axis takes of `from`: the share of its own stretch that each source pixel covers where the
 * picture shrinks (area), the two nearest centres where it grows (bilinear). */
function weightsOf(from: number, to: number): { readonly first: number; readonly weights: number[] }[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (scale < 1) {
      const at = Math.min(Math.max((i + 0.5) * scale - 0.5, 0), from - 1);
      const first = Math.min(Math.floor(at), from - 1);
      return at === first ? { first, weights: [1] } : { first, weights: [1 - (at - first), at - first] };
    }
    const [low, high] = [i * scale, (i + 1) * scale];
    const first = Math.floor(low);
    const weights: number[] = [];
    for (let p = first; p < Math.min(high, from); p++) weights.push((Math.min(p + 1, high) - Math.max(p, low)) / scale);
    return { first, weights };
  });
}

/** Resamples one picture [height, width, channels] into `out` [h, w, channels]; bytes are rounded. The
 * picture fills the new size whole, whatever its own proportions. */
export function resample(
  values: ArrayLike<number>,
  [width, height]: Size,
  channels: number,
  out: Uint8Array | Float32Array,
  [toWidth, toHeight]: Size,
): void {
  const across = weightsOf(width, toWidth);
  const down = weightsOf(height, toHeight);
  const rows = new Float64Array(height * toWidth * channels);
  for (let y = 0; y < height; y++)
    across.forEach(({ first, weights }, x) => {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += (weights[k] as number) * (values[(y * width + first + k) * channels + c] as number);
        rows[(y * toWidth + x) * channels + c] = sum;
      }
    });
  const line = toWidth * channels;
  const round = out instanceof Uint8Array ? 0.5 : 0;
  down.forEach(({ first, weights }, y) => {
    for (let i = 0; i < line; i++) {
      let sum = round;
      for (let k = 0; k < weights.length; k++) sum += (weights[k] as number) * (rows[(first + k) * line + i] as number);
      out[y * line + i] = sum;
    }
  });
}

/** A dataset with every row at another size, or the same one where it has that size.
 * @throws InputError where that would take over 2 GiB */
export function resizeRows(dataset: Dataset, [width, height]: Size): Dataset {
  const [channels, fromHeight, fromWidth] = dataset.shape;
  if (fromWidth === width && fromHeight === height) return dataset;
  const length = channels * height * width;
  const bytes = dataset.count * length * dataset.values.BYTES_PER_ELEMENT;
  if (bytes > largestDataset)
    throw new InputError(
      `${dataset.name} at ${width} x ${height} would take ${bytes} bytes, over 2 GiB: take fewer rows or a smaller size.`,
    );
  const values =
    dataset.values instanceof Uint8Array
      ? new Uint8Array(dataset.count * length)
      : new Float32Array(dataset.count * length);
  const from = rowLength(dataset);
  for (let r = 0; r < dataset.count; r++)
    resample(
      dataset.values.subarray(r * from, (r + 1) * from),
      [fromWidth, fromHeight],
      channels,
      values.subarray(r * length, (r + 1) * length),
      [width, height],
    );
  return { ...dataset, shape: [channels, height, width], values };
}
