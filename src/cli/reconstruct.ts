import type { Command } from "commander";
import { Corruptor } from "../evaluate/corruptor.js";
import { labelsOf } from "../models/labels.js";
import { reconstructionRows } from "../pictures/grids.js";
import { action, whole, withCommon } from "./common.js";
import {
  type DataOptions,
  firstImages,
  openRunData,
  type PictureOptions,
  picturePath,
  savePicture,
  withData,
  withPicture,
  withRun,
} from "./run-data.js";
import type { OpenRun } from "./run-folder.js";

interface Options extends PictureOptions, DataOptions {
  readonly count: number;
  readonly seed: number;
}

/** reconstruct RUN: originals over reconstructions; of a denoising autoencoder what it saw between them. */
export function register(program: Command): void {
  const command = program
    .command("reconstruct <run>")
    .description("images over their reconstructions; a denoising autoencoder's corrupted input between them")
    .option("--count <n>", "images, fewer where the data has no more", whole("--count", 1, 1000), 20)
    .option("--seed <n>", "of a denoising autoencoder's corruption", whole("--seed", 0), 0);
  withCommon(withPicture(withData(command), "reconstruct")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async (open) => {
        const path = picturePath(open.run, options, "reconstruct");
        const dataset = await openRunData(open.run, options, options.count);
        const images = firstImages(dataset, options.count);
        const labels = labelsOf(open.run.model, dataset, ["encoder", "decoder"]);
        const seen = await corrupted(open, images, options.seed);
        const reconstructions = await open.runner.reconstruct(seen ?? images, labels);
        const shape = open.run.config.model.inputShape;
        const picture = reconstructionRows(images, reconstructions, shape, seen ? { seen } : {});
        await savePicture(options, path, picture, { images: images.length / open.run.model.width });
      });
    }),
  );
}

async function corrupted(
  { device, run }: OpenRun,
  images: Float32Array,
  seed: number,
): Promise<Float32Array | undefined> {
  const { model, corruption } = run.config;
  if (!corruption) return undefined;
  const corruptor = new Corruptor(device, model.inputShape, corruption);
  try {
    return (await corruptor.apply(images, seed)).seen;
  } finally {
    corruptor.dispose();
  }
}
