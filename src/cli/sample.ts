import { join } from "node:path";
import type { Command } from "commander";
import { InputError } from "../errors.js";
import { encodeNpy } from "../formats/npy.js";
import type { Device } from "../gpu/device.js";
import { classesInTurn } from "../models/labels.js";
import { assertCoded } from "../models/model.js";
import { sampleGrid } from "../pictures/grids.js";
import { tile } from "../pictures/picture.js";
import { isPrior } from "../train/config.js";
import { action, openDevice, print, real, whole, withCommon } from "./common.js";
import { writeDurable } from "./files.js";
import { labelOf } from "./labels.js";
import { type Drawing, type DrawnCodes, drawCodes } from "./prior.js";
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
      "class of every image, of a conditional model or prior (default: all in turn, a column a class)",
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
    const label = labelOf(run, options);
    const { conditional, config } = run.model;
    const labels = conditional && classesInTurn(count, conditional.numClasses, label);
    const images = await runner.sample(count, seed, temperature, labels);
    const picture =
      conditional && label === undefined
        ? tile(images, config.inputShape, Math.min(count, conditional.numClasses))
        : sampleGrid(images, config.inputShape);
    await savePicture(options, path, picture, { images: count, seed, temperature, label });
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

/** Pictures of codes that priors draw. */
async function sampleByPrior(dir: string, priors: readonly PriorRun[], options: Options): Promise<void> {
  await withRun(options, dir, async ({ device, run, runner }) => {
    const path = picturePath(run, options, "sample");
    const { levels } = assertCoded(run.model);
    if (priors.length !== levels.length)
      throw new InputError(
        `${priors.length} priors were given and the run ${dir} has ${levels.length} levels of codes (${levels.map((l) => l.name).join(", ")}); give --prior for each, in this order.`,
      );
    levels.forEach(({ name, height, width, numEmbeddings }, i) => {
      const { dir: prior, config } = priors[i] as PriorRun;
      const { shape, numEmbeddings: drawn } = config.model;
      if (shape.join() !== `${height},${width}` || drawn > numEmbeddings)
        throw new InputError(
          `The prior ${prior} draws ${drawn} codes on maps of [${shape}], and the run's ${name} are ${numEmbeddings} on [${height},${width}]; name a prior that was trained on this run.`,
        );
    });
    const { count, seed, temperature, topK, topP, label } = options;
    const maps: Uint32Array[] = [];
    for (let at: DrawnCodes | undefined = await drawCodes(device, priors, options); at; at = at.top)
      maps.unshift(at.codes);
    const picture = sampleGrid(await runner.picture(maps), run.config.model.inputShape);
    await savePicture(options, path, picture, { images: count, seed, temperature, topK, topP, label });
  });
}

async function withDevice(options: Options, work: (device: Device) => Promise<void>): Promise<void> {
  const device = await openDevice(options);
  try {
    await work(device);
  } finally {
    await device.dispose();
  }
}
