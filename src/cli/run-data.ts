import { join } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { type Dataset, floatRows } from "../data/dataset.js";
import { openDataset } from "../data/node.js";
import type { Split } from "../data/spec.js";
import { InputError } from "../errors.js";
import { LatentStatistics } from "../evaluate/latents.js";
import { labelsOf } from "../models/labels.js";
import type { Picture } from "../pictures/picture.js";
import { type Common, pixels, print } from "./common.js";
import { writePicture } from "./files.js";
import { type OpenRun, openRun, type Run } from "./run-folder.js";

/** What the verbs over a run share: its data, and where pictures go. */
export interface DataOptions extends Common {
  readonly data?: string;
  readonly split: Split;
  readonly resize?: readonly [number, number];
}

export interface PictureOptions extends Common {
  readonly out?: string;
}

/** Rows that tell enough of a latent space. */
const surveyed = 1000;

/** Adds --data and --split. */
export function withData(command: Command): Command {
  return command
    .option("--data <spec>", "folder, file or builtin (default: the data of the run)")
    .option("--resize <WxH>", "bring every image to this size (default: as the run was trained)", pixels("--resize"))
    .addOption(
      new Option("--split <split>", "which part of the data, where it has two")
        .choices(["train", "test"])
        .default("test"),
    );
}

/** Adds --out for a picture. */
export function withPicture(command: Command, name: string): Command {
  return command.option("--out <file.png>", `where to write (default: RUN/pictures/${name}.png)`);
}

/** Opens a run on a device for `work`, and closes both whatever comes of it. */
export async function withRun(common: Common, dir: string, work: (open: OpenRun) => Promise<void>): Promise<void> {
  const open = await openRun(common, dir);
  try {
    await work(open);
  } finally {
    await open.dispose();
  }
}

/** The first `limit` rows of the data that the options name.
 * @throws InputError where they are not to be had or do not fit the model */
export async function openRunData(
  { config }: Run,
  { data, split, resize }: DataOptions,
  limit?: number,
): Promise<Dataset> {
  const dataset = await openDataset(data ?? config.data, { split, limit, resize: resize ?? config.resize });
  const { inputShape } = config.model;
  const [C, H, W] = inputShape;
  if (dataset.shape.join() !== inputShape.join())
    throw new InputError(
      `${data ?? config.data} holds images of [${dataset.shape}] and the run's model takes [${inputShape}] (C, H, W); ${dataset.shape[0] === C ? `bring them to it with --resize ${W}x${H}` : "give other --data"}.`,
    );
  return dataset;
}

/** Up to `count` images of a data set, fewer where it has no more, [images, H * W * C]. */
export const firstImages = (dataset: Dataset, count: number): Float32Array =>
  floatRows(dataset, 0, Math.min(count, dataset.count));

/** Refuses a run whose latent space is not one of free coordinates. @throws InputError */
export function assertContinuous({ model, config }: Run): void {
  if (model.coded)
    throw new InputError(
      `A model of kind "${config.model.kind}" has codes and no coordinates to walk along; use codes, reconstruct, interpolate or decode.`,
    );
}

/** How the run's latents lie over some rows of data. */
export async function survey({ run, runner }: OpenRun, dataset: Dataset): Promise<LatentStatistics> {
  const statistics = new LatentStatistics(run.model.latentDim, run.config.model.kind === "vae");
  const rows = Math.min(surveyed, dataset.count);
  const labels = labelsOf(run.model, dataset, ["encoder"])?.subarray(0, rows);
  statistics.add(await runner.statistics(floatRows(dataset, 0, rows), labels));
  return statistics;
}

/** Where a picture goes. @throws InputError where the name is not a PNG's */
export function picturePath({ dir }: Run, { out }: PictureOptions, name: string): string {
  if (out === undefined) return join(dir, "pictures", `${name}.png`);
  if (!/\.png$/i.test(out)) throw new InputError(`--out is ${out}; pictures are PNG files, so give it a name in .png.`);
  return out;
}

/** Writes a picture and tells where it is. `more` goes into the JSON line. */
export async function savePicture(
  { json }: Common,
  path: string,
  picture: Picture,
  more: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writePicture(path, picture);
  const { width, height } = picture;
  print(json, { picture: path, width, height, ...more }, `${path} (${width} x ${height})`);
}
