import { InputError } from "../errors.js";
import { type ImageShape, imageCount, imageScale, type Picture, stack, type TileOptions, tile } from "./picture.js";

/** A map of codes: its sides, and how many codes there are. */
export interface CodeMapShape {
  readonly height: number;
  readonly width: number;
  readonly numEmbeddings: number;
}

/** The golden ratio's part behind the point, in 2^-32: neighbours in the list get hues far apart. */
const turn = 2654435769;

/** The colour of a code, RGB in [0, 1]: hues by the golden ratio, in three lightnesses that come round in turn. */
export function codeColour(index: number): readonly [number, number, number] {
  const hue = (Math.imul(index, turn) >>> 0) / 2 ** 32;
  const [low, high] = [
    [0.15, 0.95],
    [0, 0.65],
    [0.45, 1],
  ][index % 3] as [number, number];
  const channel = (shift: number): number => {
    const place = (hue + shift) % 1;
    return low + (high - low) * Math.min(1, Math.max(0, Math.abs(6 * place - 3) - 1));
  };
  return [channel(0), channel(2 / 3), channel(1 / 3)];
}

/** Maps of codes in rows of `columns`, a square a code in the code's colour. indices [N, height, width], each below
 * numEmbeddings. @throws InputError where they are no whole maps or no codes of such a model */
export function codeMap(
  indices: Uint32Array,
  { height, width, numEmbeddings }: CodeMapShape,
  columns: number,
  options?: TileOptions,
): Picture {
  const at = indices.findIndex((index) => index >= numEmbeddings);
  if (at >= 0)
    throw new InputError(`Index ${at} of a code map is ${indices[at]}; there are ${numEmbeddings} codes, from 0 on.`);
  const images = new Float32Array(3 * indices.length);
  for (let i = 0; i < indices.length; i++) images.set(codeColour(indices[i] as number), 3 * i);
  return tile(images, [3, height, width], columns, options);
}

/** Images over their maps of codes, a row for each map, and their reconstructions at the bottom; more than a row of them go on
 * below. images, reconstructions [N, H, W, C]; indices [N, height, width] of each map, whose sides divide the images'. */
export function codeMapRows(
  images: Float32Array,
  maps: readonly (CodeMapShape & { readonly indices: Uint32Array })[],
  reconstructions: Float32Array,
  shape: ImageShape,
  columns = 10,
): Picture {
  const count = imageCount(images, shape);
  const width = images.length / count;
  const scale = imageScale(shape);
  const rows: Picture[] = [];
  for (let at = 0; at < count; at += columns) {
    const part = (of: Float32Array): Picture =>
      tile(of.subarray(at * width, (at + columns) * width), shape, columns, { scale });
    const coded = maps.map(({ indices, ...map }) => {
      const size = map.height * map.width;
      const own = indices.subarray(at * size, (at + columns) * size);
      return codeMap(own, map, columns, { scale: scale * ((shape[1] as number) / map.height) });
    });
    rows.push(stack([part(images), ...coded, part(reconstructions)]));
  }
  return stack(rows, 6);
}
