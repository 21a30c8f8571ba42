import type { Command } from "commander";
import { InputError } from "../errors.js";
import type { NpyArray } from "../formats/npy.js";
import { mapShape } from "../models/code-maps.js";
import { classesInTurn } from "../models/labels.js";
import type { CodeLevel } from "../models/model.js";
import { sampleGrid } from "../pictures/grids.js";
import { action, whole, withCommon } from "./common.js";
import { type LabelOptions, labelOf, withLabel } from "./labels.js";
import { readNpy } from "./npy-files.js";
import { type PictureOptions, picturePath, savePicture, withPicture, withRun } from "./run-data.js";
import type { OpenRun } from "./run-folder.js";

interface Options extends PictureOptions, LabelOptions {
  readonly count: number;
}

/** decode RUN FILES: pictures of the codes or latents that `encode` writes, as a grid. */
export function register(program: Command): void {
  const command = program
    .command("decode <run> <files.npy...>")
    .description(
      "pictures of codes, a NumPy file [images, height, width] each level (top, then bottom), or of latents [images, latentDim]",
    )
    .option("--count <n>", "images, the first n, fewer where there are no more", whole("--count", 1, 10_000), 64);
  withLabel(command, "class of every image (default: all in turn)");
  withCommon(withPicture(command, "decode")).action(
    action(async (dir: string, files: readonly string[], options: Options) => {
      await withRun(options, dir, async (open) => {
        const path = picturePath(open.run, options, "decode");
        const arrays = files.map(readNpy);
        const images = await (open.run.model.coded
          ? decodeCodes(open, files, arrays, options.count)
          : decodeLatents(open, files, arrays, options));
        const { inputShape } = open.run.config.model;
        await savePicture(options, path, sampleGrid(images, inputShape), {
          images: images.length / open.run.model.width,
        });
      });
    }),
  );
}

function decodeCodes(
  { runner }: OpenRun,
  files: readonly string[],
  arrays: readonly NpyArray[],
  count: number,
): Promise<Float32Array> {
  const { levels } = runner;
  if (arrays.length !== levels.length)
    throw new InputError(
      `${arrays.length} files were given and the model has ${levels.length} maps of codes: ${levels.map((l) => l.name).join(", ")}; give a file each, in this order.`,
    );
  return runner.picture(levels.map((level, i) => mapOf(level, files[i] as string, arrays[i] as NpyArray, count)));
}

/** The first `count` maps of a file. */
function mapOf(level: CodeLevel, file: string, { shape, data }: NpyArray, count: number): Uint32Array {
  const [images = 0] = shape;
  const want = mapShape(level, images);
  if (images === 0 || shape.join() !== want.join())
    throw new InputError(
      `${file} is [${shape.join(", ")}] and the model's map of ${level.name} is [images, ${want.slice(1).join(", ")}]; give what encode writes.`,
    );
  const length = Math.min(images, count) * want.slice(1).reduce((n, d) => n * d, 1);
  return Uint32Array.from({ length }, (_, i) => {
    const value = Number(data[i]);
    if (Number.isInteger(value) && value >= 0 && value < level.numEmbeddings) return value;
    throw new InputError(
      `${file} holds ${value} and the model has ${level.numEmbeddings} codes, whole numbers from 0; give codes of this run.`,
    );
  });
}

function decodeLatents(
  { run, runner }: OpenRun,
  files: readonly string[],
  arrays: readonly NpyArray[],
  options: Options,
): Promise<Float32Array> {
  const { latentDim, config, conditional } = run.model;
  const label = labelOf(run, options, ["decoder"]);
  const [first] = arrays as readonly [NpyArray];
  if (arrays.length !== 1)
    throw new InputError(
      `${arrays.length} files were given and a model of kind "${config.kind}" has one map; give one file.`,
    );
  const [images = 0, width] = first.shape;
  if (first.shape.length !== 2 || width !== latentDim || images === 0)
    throw new InputError(
      `${files[0]} is [${first.shape.join(", ")}] and the model's latents are [images, ${latentDim}]; give what encode writes.`,
    );
  const count = Math.min(images, options.count);
  return runner.decode(
    Float32Array.from({ length: count * latentDim }, (_, i) => {
      const value = Number(first.data[i]);
      if (Number.isFinite(value)) return value;
      throw new InputError(
        `${files[0]} holds ${value} at row ${Math.floor(i / latentDim)}; latents are finite numbers.`,
      );
    }),
    conditional && classesInTurn(count, conditional.numClasses, label),
  );
}
