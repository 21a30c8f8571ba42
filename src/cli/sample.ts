import type { Command } from "commander";
import { sampleGrid } from "../pictures/grids.js";
import { action, real, whole, withCommon } from "./common.js";
import { type PictureOptions, picturePath, savePicture, withPicture, withRun } from "./run-data.js";

interface Options extends PictureOptions {
  readonly count: number;
  readonly seed: number;
  readonly temperature: number;
}

/** sample RUN: a grid of images decoded from draws of the prior. */
export function register(program: Command): void {
  const command = program
    .command("sample <run>")
    .description("images of latents drawn from a VAE's prior, as a grid")
    .option("--count <n>", "images", whole("--count", 1, 10_000), 64)
    .option("--seed <n>", "of the draws", whole("--seed", 0), 0)
    .option("--temperature <t>", "standard deviation of the draws", real("--temperature", 0, 100), 1);
  withCommon(withPicture(command, "sample")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async ({ run, runner }) => {
        const path = picturePath(run, options, "sample");
        const { count, seed, temperature } = options;
        const images = await runner.sample(count, seed, temperature);
        const picture = sampleGrid(images, run.config.model.inputShape);
        await savePicture(options, path, picture, { images: count, seed, temperature });
      });
    }),
  );
}
