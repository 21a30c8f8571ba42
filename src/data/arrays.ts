import { InputError } from "../errors.js";
import { isIdx, parseIdx } from "../formats/idx.js";
import { isNpy, parseNpy } from "../formats/npy.js";
import { decodePng, type Image, isPng } from "../formats/png.js";
import { type Dataset, largestDataset } from "./dataset.js";
import { resample, type Size } from "./resize.js";

/** A file's content and the name that messages call it by. */
export interface NamedBytes {
  where: string;
  bytes: Uint8Array;
}

/** Floats as f32, refused where one is not finite: a NaN in the data turns up much later as a NaN in a weight. */
function finiteFloats(data: Float32Array | Float64Array, where: string): Float32Array {
  const values = data instanceof Float32Array ? data : new Float32Array(data);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(`${where} holds ${data[bad]} at element ${bad}: every value must be finite, clean the data.`);
  }
  return values;
}

function checkRows(count: number, shape: readonly number[], where: string): void {
  if (count < 1 || shape.some((n) => n < 1)) throw new InputError(`${where} holds no rows: name a file with data.`);
}

/** Labels from an IDX file of one dimension. */
function idxLabels({ where, bytes }: NamedBytes, count: number, images: string): Uint32Array {
  const { type, shape, data } = parseIdx(bytes, where);
  if (shape.length !== 1 || type === "f32" || type === "f64") {
    throw new InputError(`${where} holds ${shape.join(" x ")} ${type}, not labels: name the file of labels.`);
  }
  if (shape[0] !== count) {
    throw new InputError(
      `${where} holds ${shape[0]} labels for the ${count} images of ${images}: the files do not match.`,
    );
  }
  const wrong = data.findIndex((label) => label < 0 || label > 65535);
  if (wrong >= 0) {
    throw new InputError(`${where} holds label ${data[wrong]} at row ${wrong}: labels go from 0 to 65535.`);
  }
  return Uint32Array.from(data);
}

const classNamesOf = (labels: Uint32Array) =>
  Array.from({ length: labels.reduce((most, label) => Math.max(most, label), 0) + 1 }, (_, i) => String(i));

/** A dataset from IDX images [N,H,W], [N,H,W,C] or vectors [N,D] (then [1,1,D]) of bytes or floats, with labels if
 * given. Throws InputError where the files are damaged, are no images, or do not match. */
export function datasetFromIdx(name: string, images: NamedBytes, labels?: NamedBytes): Dataset {
  const { where } = images;
  const { type, shape, data } = parseIdx(images.bytes, where);
  const [count = 0, height = 1, width = 1, channels = 1] = shape;
  if (shape.length === 1) {
    throw new InputError(`${where} holds ${count} labels, not images: name the file of images (images-idx3).`);
  }
  if (type === "i8" || type === "i16" || type === "i32") {
    throw new InputError(`${where} holds ${type} values: images are bytes or floats, convert them.`);
  }
  const inputShape: Dataset["shape"] = shape.length === 2 ? [1, 1, height] : [channels, height, width];
  checkRows(count, inputShape, where);
  const values = type === "u8" ? (data as Uint8Array) : finiteFloats(data as Float32Array | Float64Array, where);
  const dataset: Dataset = { name, count, shape: inputShape, values };
  if (labels) {
    dataset.labels = idxLabels(labels, count, where);
    dataset.classNames = classNamesOf(dataset.labels);
  }
  return dataset;
}

/** [N,C,H,W] to [N,H,W,C]. */
function channelsLast<T extends Uint8Array | Float32Array>(data: T, count: number, channels: number, area: number): T {
  const out = data.slice() as T;
  for (let row = 0; row < count; row++) {
    const start = row * channels * area;
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < area; p++) out[start + p * channels + c] = data[start + c * area + p] as number;
    }
  }
  return out;
}

/** A dataset from a NumPy array of bytes, booleans or floats: [N,D] (vectors, then [1,1,D]), [N,H,W], [N,H,W,C] or
 * [N,C,H,W]. Four dimensions with at most 4 in the last are channels-last; else the second must be at most 4.
 * Throws InputError on other shapes and types and on values that are not finite. */
export function datasetFromNpy(name: string, { where, bytes }: NamedBytes): Dataset {
  const { dtype, shape, data } = parseNpy(bytes, where);
  let values: Uint8Array | Float32Array;
  if (dtype === "|u1") values = data as Uint8Array;
  else if (dtype === "|b1") values = (data as Uint8Array).map((bit) => (bit ? 255 : 0));
  else if (dtype === "<f4" || dtype === "<f8") values = finiteFloats(data as Float32Array | Float64Array, where);
  else {
    throw new InputError(
      `${where} holds dtype "${dtype}": images are bytes (0 to 255) or floats, save it with .astype("uint8") or .astype("float32").`,
    );
  }
  const [count = 0, a = 1, b = 1, c = 1] = shape;
  let inputShape: Dataset["shape"];
  if (shape.length === 2) inputShape = [1, 1, a];
  else if (shape.length === 3) inputShape = [1, a, b];
  else if (shape.length === 4 && c <= 4) inputShape = [c, a, b];
  else if (shape.length === 4 && a <= 4) {
    inputShape = [a, b, c];
    values = channelsLast(values, count, a, b * c);
  } else {
    throw new InputError(
      `${where} has shape (${shape.join(", ")}): rows are (N, D), (N, H, W), (N, H, W, C) or (N, C, H, W) with at most 4 channels, reshape it.`,
    );
  }
  checkRows(count, inputShape, where);
  return { name, count, shape: inputShape, values };
}

/** A dataset from PNG files, one a row, all of one size or brought to `resize`; where one is in colour, the grey ones are made
 * so too. `label` indexes `classNames`. Throws InputError naming the first file that does not fit. */
export async function datasetFromPngs(
  name: string,
  count: number,
  files: Iterable<NamedBytes & { label?: number }>,
  classNames?: string[],
  resize?: Size,
): Promise<Dataset> {
  let first: (Image & { where: string }) | undefined;
  let values = new Uint8Array(0);
  let channels: 1 | 3 = 1;
  const labels = new Uint32Array(count);
  let row = 0;
  for (const { where, bytes, label = 0 } of files) {
    const image = sized(await decodePng(bytes, where), resize);
    first ??= { ...image, where };
    const area = first.width * first.height;
    if (image.width !== first.width || image.height !== first.height) {
      throw new InputError(
        `${where} is ${image.width} x ${image.height} but ${first.where} is ${first.width} x ${first.height}: all PNGs of a dataset have one size, bring them to one with --resize ${first.width}x${first.height}.`,
      );
    }
    if (row === 0) {
      channels = image.channels;
      values = allocate(count, area, channels, name);
    } else if (image.channels > channels) {
      const grey = values.subarray(0, row * area);
      values = allocate(count, area, 3, name);
      for (let i = 0; i < grey.length; i++) values.fill(grey[i] as number, 3 * i, 3 * i + 3);
      channels = 3;
    }
    const start = row * area * channels;
    if (image.channels === channels) values.set(image.data, start);
    else for (let i = 0; i < area; i++) values.fill(image.data[i] as number, start + 3 * i, start + 3 * i + 3);
    labels[row++] = label;
  }
  if (!first) throw new InputError(`${name} holds no PNG files: name a folder with some.`);
  const dataset: Dataset = { name, count, shape: [channels, first.height, first.width], values };
  return classNames ? { ...dataset, labels, classNames } : dataset;
}

function sized(image: Image, resize: Size | undefined): Image {
  if (!resize || (image.width === resize[0] && image.height === resize[1])) return image;
  const [width, height] = resize;
  const data = new Uint8Array(width * height * image.channels);
  resample(image.data, [image.width, image.height], image.channels, data, resize);
  return { ...image, width, height, data };
}

function allocate(count: number, area: number, channels: number, name: string): Uint8Array<ArrayBuffer> {
  const bytes = count * area * channels;
  if (bytes > largestDataset) {
    throw new InputError(
      `${name} would take ${bytes} bytes, over 2 GiB: take fewer rows (a limit of ${Math.floor(largestDataset / (area * channels))}) or scale the images down.`,
    );
  }
  return new Uint8Array(bytes);
}

/** A dataset from one file of any known kind, told by its first bytes: IDX images, .npy or a single PNG. */
export async function datasetFromBytes(name: string, file: NamedBytes, labels?: NamedBytes): Promise<Dataset> {
  if (isNpy(file.bytes)) return datasetFromNpy(name, file);
  if (isPng(file.bytes)) return datasetFromPngs(name, 1, [file]);
  if (isIdx(file.bytes)) return datasetFromIdx(name, file, labels);
  throw new InputError(`${file.where} is no IDX, .npy or PNG file: name one of these, or a folder of them.`);
}
