import { InputError } from "../errors.js";

/** Rows of equal shape on the host. Byte values mean value/255; floats are taken as they are. */
export interface Dataset {
  name: string;
  /** rows */
  count: number;
  /** [C,H,W] */
  shape: [number, number, number];
  /** rows back to back, channels-last [H,W,C] */
  values: Uint8Array | Float32Array;
  /** [count], each in [0, classNames.length) where there are names */
  labels?: Uint32Array;
  classNames?: string[];
  /** [count, factorNames.length]: what the picture was drawn from, where that is known */
  factors?: Float32Array;
  factorNames?: string[];
}

/** The most bytes of values that one dataset may take on the host: 2 GiB. */
export const largestDataset = 2 ** 31;

/** Values in a row: C * H * W. */
export function rowLength(dataset: Pick<Dataset, "shape">): number {
  return dataset.shape[0] * dataset.shape[1] * dataset.shape[2];
}

/** Rows `begin` to `begin + count` as a view [count,H,W,C], in the type that they are kept in. */
export function rowsOf(dataset: Dataset, begin: number, count: number): Uint8Array | Float32Array {
  if (!(begin >= 0 && count >= 0 && begin + count <= dataset.count)) {
    throw new InputError(
      `${dataset.name} has ${dataset.count} rows: rows ${begin} to ${begin + count} are not among them.`,
    );
  }
  const length = rowLength(dataset);
  return dataset.values.subarray(begin * length, (begin + count) * length);
}

/** The same rows as floats: bytes over 255, floats as they are. */
export function floatRows(dataset: Dataset, begin: number, count: number): Float32Array {
  const rows = rowsOf(dataset, begin, count);
  return rows instanceof Float32Array ? rows : Float32Array.from(rows, (value) => value / 255);
}

/** The first `limit` rows (a copy, so that the rest can be freed), or the same dataset where it has no more.
 * Throws InputError unless `limit` is a whole number from 1. */
export function limitRows(dataset: Dataset, limit: number | undefined): Dataset {
  checkLimit(limit);
  if (limit === undefined || limit >= dataset.count) return dataset;
  const limited: Dataset = { ...dataset, count: limit, values: rowsOf(dataset, 0, limit).slice() };
  if (dataset.labels) limited.labels = dataset.labels.slice(0, limit);
  if (dataset.factors) limited.factors = dataset.factors.slice(0, limit * (dataset.factors.length / dataset.count));
  return limited;
}

export function checkLimit(limit: number | undefined): void {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new InputError(`The limit of rows is a whole number from 1, got ${limit}.`);
  }
}
