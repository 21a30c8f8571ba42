import type { Command } from "commander";
import { floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { labelsOf } from "../models/labels.js";
import { byActivity, latentTraversal, traversalLatents } from "../pictures/traversal.js";
import { action, real, whole, withCommon } from "./common.js";
import { type LabelOptions, labelOf, withLabel } from "./labels.js";
import {
  assertContinuous,
  type DataOptions,
  openRunData,
  type PictureOptions,
  picturePath,
  savePicture,
  survey,
  withData,
  withPicture,
  withRun,
} from "./run-data.js";

interface Options extends PictureOptions, DataOptions, LabelOptions {
  readonly count: number;
  readonly steps: number;
  readonly range: number;
  readonly image?: number;
}

/** traverse RUN: a row a latent dimension, the most active first, its value from -range to range. A VAE's values are the
 * prior's; an AE's are standard deviations of its code from the mean code. */
export function register(program: Command): void {
  const command = program
    .command("traverse <run>")
    .description("what each latent dimension does: a row a dimension, the most active first, a column a value")
    .option("--count <n>", "dimensions", whole("--count", 1, 1000), 10)
    .option("--steps <n>", "values a dimension", whole("--steps", 2, 100), 9)
    .option("--range <r>", "values go from -r to r", real("--range", 0, 100), 3)
    .option(
      "--image <row>",
      "start from this image of the data, not from the middle of the space",
      whole("--image", 0),
    );
  withLabel(command, "class of every image (default: 0, or that of --image)");
  withCommon(withPicture(withData(command), "traverse")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async (open) => {
        const { run, runner } = open;
        assertContinuous(run);
        const path = picturePath(run, options, "traverse");
        const { count, steps, range, image } = options;
        const dataset = await openRunData(run, options);
        if (image !== undefined && image >= dataset.count)
          throw new InputError(
            `${dataset.name} has ${dataset.count} images, so --image goes up to ${dataset.count - 1}.`,
          );
        const { mean, variance } = await survey(open, dataset);
        const { latentDim } = run.model;
        const vae = run.config.model.kind === "vae";
        const own = image === undefined ? undefined : labelsOf(run.model, dataset)?.subarray(image, image + 1);
        const start = image === undefined ? undefined : await runner.encode(floatRows(dataset, image, 1), own);
        const label = labelOf(run, options) ?? own?.[0] ?? 0;
        const middle = vae ? ((await runner.priorMeans([label])) ?? new Float32Array(latentDim)) : mean;
        const dims = byActivity(variance).slice(0, count);
        const latents = traversalLatents({
          latentDim,
          steps,
          range,
          dims,
          base: start ?? middle,
          scales: Array.from(middle, (m, l) => ({ mean: m, spread: vae ? 1 : Math.sqrt(variance[l]) })),
        });
        const images = await runner.decode(latents, new Uint32Array(latents.length / latentDim).fill(label));
        const picture = latentTraversal(images, run.config.model.inputShape, steps);
        await savePicture(options, path, picture, { dims, steps, range, variance: dims.map((d) => variance[d]) });
      });
    }),
  );
}
