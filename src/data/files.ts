import { InputError } from "../errors.js";
import { gunzip, isGzip } from "../formats/gzip.js";
import { isIdx, parseIdx } from "../formats/idx.js";
import { datasetFromBytes, datasetFromIdx, type NamedBytes } from "./arrays.js";
import type { Dataset } from "./dataset.js";

/** A dataset from the bytes of the files that somebody chose together: IDX images with or without their labels (MNIST's and
 * Fashion-MNIST's pairs, gzip or not), one .npy, or one PNG.
 * @throws InputError where they are none of these, or do not belong together */
export async function datasetFromFiles(files: readonly NamedBytes[]): Promise<Dataset> {
  const plain = await Promise.all(
    files.map(async ({ where, bytes }) => ({ where, bytes: isGzip(bytes) ? await gunzip(bytes, { where }) : bytes })),
  );
  const isLabels = ({ where, bytes }: NamedBytes): boolean => isIdx(bytes) && parseIdx(bytes, where).shape.length === 1;
  const labels = plain.filter(isLabels);
  const [images, ...more] = plain.filter((file) => !labels.includes(file));
  if (!images || more.length > 0 || labels.length > 1)
    throw new InputError(
      `${files.length} files were given; give one of images, and beside IDX images at most one of labels.`,
    );
  if (labels.length === 0) return datasetFromBytes(images.where, images);
  return datasetFromIdx(images.where, images, labels[0]);
}
