import { separated } from "../models/code-maps.js";
import type { Runner } from "../models/runner.js";
import { codeMapRows } from "../pictures/code-map.js";
import type { Picture } from "../pictures/picture.js";

/** Images over their maps of codes, a row each set, and what these decode to. images [N, H, W, C], shape [C, H, W]. */
export async function codePicture(
  runner: Runner,
  images: Float32Array,
  shape: readonly number[],
  columns?: number,
): Promise<Picture> {
  const maps = await runner.indices(images);
  const rows = runner.levels.flatMap(({ sets, ...level }, i) =>
    separated(maps[i] as Uint32Array, sets.length).map((indices) => ({ ...level, indices })),
  );
  return codeMapRows(images, rows, await runner.picture(maps), shape, columns);
}
