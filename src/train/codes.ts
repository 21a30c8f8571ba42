import { type Dataset, floatRows } from "../data/dataset.js";
import { mapLength, mapShape } from "../models/code-maps.js";
import type { CodeLevel } from "../models/model.js";
import type { Runner } from "../models/runner.js";

/** Images that are encoded at a time. */
const CHUNK = 256;

/** A level's codes of a whole data set. */
export interface LevelCodes extends CodeLevel {
  /** [N, height, width], of a residual quantizer [N, height, width, sets]. */
  readonly shape: readonly number[];
  /** Below numEmbeddings, in the order of the data. */
  readonly indices: Uint32Array;
}

/** The codes of a data set, a map each level, the coarsest first: what a prior is trained on.
 * @throws InputError where the model has no codes */
export async function codesOf(
  runner: Runner,
  dataset: Dataset,
  onProgress?: (done: number, of: number) => void,
): Promise<LevelCodes[]> {
  const { count } = dataset;
  const levels = runner.levels.map((level) => ({
    ...level,
    shape: mapShape(level, count),
    indices: new Uint32Array(count * mapLength(level)),
  }));
  for (let at = 0; at < count; at += CHUNK) {
    const rows = Math.min(CHUNK, count - at);
    const maps = await runner.indices(floatRows(dataset, at, rows));
    levels.forEach(({ indices, ...level }, i) => {
      indices.set(maps[i] as Uint32Array, at * mapLength(level));
    });
    onProgress?.(at + rows, count);
  }
  return levels;
}
