import type { Command } from "commander";
import { floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { labelsOf } from "../models/labels.js";
import { interpolation } from "../pictures/grids.js";
import { action, whole, withCommon } from "./common.js";
import { type LabelOptions, labelOf, withLabel } from "./labels.js";
import {
  type DataOptions,
  openRunData,
  type PictureOptions,
  picturePath,
  savePicture,
  withData,
  withPicture,
  withRun,
} from "./run-data.js";

interface Options extends PictureOptions, DataOptions, LabelOptions {
  readonly count: number;
  readonly steps: number;
}

/** interpolate RUN: straight walks in the latent space between pairs of images. */
export function register(program: Command): void {
  const command = program
    .command("interpolate <run>")
    .description("walks in the latent space from one image to another, a row a pair")
    .option("--count <pairs>", "pairs of images, fewer where the data has no more", whole("--count", 1, 500), 8)
    .option("--steps <n>", "images a walk, its ends counted in", whole("--steps", 2, 100), 11);
  withLabel(command, "class that walks are decoded as (default: that of the nearer end)");
  withCommon(withPicture(withData(command), "interpolate")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async ({ run, runner }) => {
        const path = picturePath(run, options, "interpolate");
        const { count, steps } = options;
        const dataset = await openRunData(run, options, 2 * count);
        const pairs = Math.floor(dataset.count / 2);
        if (pairs === 0) throw new InputError(`${dataset.name} has one image and a walk needs two; give other --data.`);
        const from = floatRows(dataset, 0, pairs);
        const label = labelOf(run, options, ["decoder"]);
        const labels = labelsOf(run.model, dataset, ["encoder", "decoder"]);
        const ends = labels && { from: labels.subarray(0, pairs), to: labels.subarray(pairs, 2 * pairs) };
        const walks = await runner.interpolate(from, floatRows(dataset, pairs, pairs), steps, {
          labels: ends,
          as: label,
        });
        const picture = interpolation(walks, run.config.model.inputShape, steps);
        await savePicture(options, path, picture, { pairs, steps, label });
      });
    }),
  );
}
