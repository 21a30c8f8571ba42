import { join } from "node:path";
import type { Command } from "commander";
import { InputError } from "../errors.js";
import { encodeNpy } from "../formats/npy.js";
import type { Device } from "../gpu/device.js";
import { sampleGrid } from "../pictures/grids.js";
import { isPrior } from "../train/config.js";
import { action, openDevice, print, real, whole, withCommon } from "./common.js";
import { writeDurable } from "./files.js";
import { type Drawing, drawCodes } from "./prior.js";
import { type PictureOptions, picturePath, savePicture, withPicture, withRun } from "./run-data.js";
import { loadPrior, type PriorRun, readConfig } from "./run-folder.js";

interface Options extends PictureOptions, Drawing {
  readonly prior?: readonly string[];
}

/** sample RUN: a grid of images decoded from draws of the prior. */
export function register(program: Command): void {
  const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
  const command = program
    .command("sample <run>")
    .description(
      "images of latents drawn from a VAE's prior, as a grid; of codes drawn from a trained prior with --prior; of a prior's own run, the codes",
    )
    .option("--count <n>", "images", whole("--count", 1, 10_000), 64)
    .option("--seed <n>", "of the draws", whole("--seed", 0), 0)
    .option(
      "--temperature <t>",
      "standard deviation of the draws, or what divides a prior's logits",
      real("--temperature", 0, 100),
      1,
    )
    .option("--prior <run>", "a prior over the run's codes; of two levels the top's, then the bottom's", collect)
    .option(
      "--label <n>",
      "class of every map, of a class-conditional prior (default: all in turn)",
      whole("--label", 0),
    )
    .option("--top-k <n>", "codes that a draw is among: so many of the most probable", whole("--top-k", 1))
    .option("--top-p <p>", "the fewest codes that hold this share of the probability", real("--top-p", 1e-6, 1));
  withCommon(withPicture(command, "sample")).action(action(sample));
}

async function sample(dir: string, options: Options): Promise<void> {
  if (isPrior(readConfig(dir))) return sampleCodes(dir, options);
  if (options.prior) return sampleByPrior(dir, options.prior.map(loadPrior), options);
  await withRun(options, dir, async ({ run, runner }) => {
    const path = picturePath(run, options, "sample");
    const { count, seed, temperature } = options;
    const images = await runner.sample(count, seed, temperature);
    const picture = sampleGrid(images, run.config.model.inputShape);
    await savePicture(options, path, picture, { images: count, seed, temperature });
  });
}

/** Maps of codes of a prior's run, as a NumPy file. */
async function sampleCodes(dir: string, options: Options): Promise<void> {
  const out = options.out ?? join(dir, "codes.npy");
  if (!/\.npy$/i.test(out)) throw new InputError(`--out is ${out}; codes are a NumPy file, so give it a name in .npy.`);
  const priors = [...(options.prior ?? []), dir].map(loadPrior);
  await withDevice(options, async (device) => {
    const { codes, shape } = await drawCodes(device, priors, options);
    const rows = [options.count, ...shape];
    writeDurable(out, encodeNpy(rows, codes));
    print(options.json, { codes: out, shape: rows, dtype: "uint32" }, `${out} [${rows.join(", ")}] uint32`);
  });
}

async function sampleByPrior(dir: string, priors: readonly PriorRun[], _options: Options): Promise<void> {
  const { model } = readConfig(dir);
  throw new InputError(
    `The run ${dir} is of kind "${model.kind}" and decodes no codes, as ${priors.length} priors would give it; name the run of a VQ-VAE.`,
  );
}

async function withDevice(options: Options, work: (device: Device) => Promise<void>): Promise<void> {
  const device = await openDevice(options);
  try {
    await work(device);
  } finally {
    await device.dispose();
  }
}
