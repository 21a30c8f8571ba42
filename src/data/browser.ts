import { InputError } from "../errors.js";
import { gunzip, isGzip } from "../formats/gzip.js";
import { datasetFromBytes } from "./arrays.js";
import { checkLimit, type Dataset, limitRows } from "./dataset.js";
import { resizeRows, type Size } from "./resize.js";
import { isBuiltin, openBuiltin, type Split } from "./spec.js";

/** The page's openDataset: a builtin by its SPEC, or a file that the visitor chose (IDX images, .npy or PNG, gzip or
 * not; it gives the same rows for both splits). Nothing leaves the page. Throws InputError as its twin in Node does. */
export async function openDataset(
  spec: string | File,
  { split = "train", limit, resize }: { split?: Split; limit?: number | undefined; resize?: Size | undefined } = {},
): Promise<Dataset> {
  checkLimit(limit);
  const sized = (dataset: Dataset): Dataset => (resize ? resizeRows(dataset, resize) : dataset);
  if (typeof spec === "string") {
    if (isBuiltin(spec)) return sized(openBuiltin(spec, split, limit));
    throw new InputError(
      `A page cannot open the path ${spec}: name builtin:glyphs, builtin:sprites or builtin:scenes, or hand over a File.`,
    );
  }
  const where = spec.name;
  const packed = new Uint8Array(await spec.arrayBuffer());
  const bytes = isGzip(packed) ? await gunzip(packed, { where }) : packed;
  return sized(limitRows(await datasetFromBytes(where, { where, bytes }), limit));
}
