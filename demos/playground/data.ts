// What the playground trains on: glyphs, or what the visitor dropped.
import { type Dataset, datasetFromFiles, drawGlyphs, floatRows, type NamedBytes } from "latentgpu";
import { isPicture, readPicture } from "../common/files.js";

/** Images a row of reconstructions. */
const rows = 12;
const side = 28;

export interface Chosen {
  /** The config's data. */
  readonly spec: string;
  readonly inputShape: readonly [number, number, number];
  /** What goes over to the worker; glyphs are drawn there. */
  readonly data?: Dataset;
  /** For the row of reconstructions. */
  readonly first: Float32Array;
}

export function glyphs(count: number): Chosen {
  return {
    spec: `builtin:glyphs?rows=${count}`,
    inputShape: [1, side, side],
    first: floatRows(drawGlyphs(rows), 0, rows),
  };
}

export function ofDataset(data: Dataset): Chosen {
  const count = Math.min(rows, data.count);
  return { spec: data.name, inputShape: data.shape, data, first: floatRows(data, 0, count) };
}

/** A data set from what was dropped: pictures, made small and grey, or files of arrays. */
export async function readDropped(files: readonly File[]): Promise<Dataset> {
  const pictures: Uint8Array[] = [];
  const others: NamedBytes[] = [];
  for (const file of files)
    if (await isPicture(file)) pictures.push(await readPicture(file, side, 1));
    else others.push({ where: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  if (others.length === 0) {
    const values = new Uint8Array(pictures.length * side * side);
    pictures.forEach((picture, i) => {
      values.set(picture, i * side * side);
    });
    return { name: `${pictures.length} pictures`, count: pictures.length, shape: [1, side, side], values };
  }
  if (pictures.length > 0)
    throw new Error("Pictures and other files were dropped together; drop them one kind at a time.");
  const dataset = await datasetFromFiles(others);
  const [, height, width] = dataset.shape;
  if (height > 64 || width > 64)
    throw new Error(`${dataset.name} has images of ${width} x ${height}; 64 x 64 is the most here.`);
  return dataset;
}
