import type { Command } from "commander";
import { InputError } from "../errors.js";
import { latentManifold, manifoldLatents } from "../pictures/manifold.js";
import { byActivity } from "../pictures/traversal.js";
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
import type { OpenRun } from "./run-folder.js";

interface Options extends PictureOptions, DataOptions, LabelOptions {
  readonly steps: number;
  readonly range: number;
  readonly dims?: readonly [number, number];
}

/** manifold RUN: two latent dimensions as a plane of images. Where the model has more, the two most active ones. */
export function register(program: Command): void {
  const command = program
    .command("manifold <run>")
    .description("two latent dimensions as a plane of images, even steps of probability apart")
    .option("--steps <n>", "images along each side", whole("--steps", 2, 100), 20)
    .option("--range <r>", "the outermost coordinate", real("--range", 0.01, 6), 1.645)
    .option("--dims <a,b>", "which two dimensions, the others at the middle (default: the most active)", twoDims);
  withLabel(command, "class of every image (default: 0)");
  withCommon(withPicture(withData(command), "manifold")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async (open) => {
        const { run, runner } = open;
        assertContinuous(run);
        const path = picturePath(run, options, "manifold");
        const { steps, range } = options;
        const { dims, place } = await plane(open, options);
        const latents = manifoldLatents({ latentDim: run.model.latentDim, steps, range, dims });
        const label = labelOf(run, options) ?? 0;
        const middle = await runner.priorMeans([label]);
        const placed = middle ? latents.map((value, i) => value + middle[i % middle.length]) : place(latents);
        const images = await runner.decode(placed, new Uint32Array(steps * steps).fill(label));
        const picture = latentManifold(images, run.config.model.inputShape, steps);
        await savePicture(options, path, picture, { dims, steps, range });
      });
    }),
  );
}

interface Plane {
  readonly dims: readonly [number, number];
  /** From the prior's units to the model's. */
  readonly place: (latents: Float32Array) => Float32Array;
}

/** The plane to show. An AE has no prior: its plane is laid through the mean code, in standard deviations. */
async function plane(open: OpenRun, options: Options): Promise<Plane> {
  const { latentDim, config } = open.run.model;
  const vae = config.kind === "vae";
  if (vae && (options.dims || latentDim <= 2)) return { dims: options.dims ?? [0, 1], place: (latents) => latents };
  const { mean, variance } = await survey(open, await openRunData(open.run, options));
  const [a = 0, b = 1] = latentDim === 2 ? [0, 1] : byActivity(variance);
  return {
    dims: options.dims ?? [a, b],
    place: (latents) =>
      vae ? latents : latents.map((v, i) => mean[i % latentDim] + v * Math.sqrt(variance[i % latentDim])),
  };
}

function twoDims(text: string): readonly [number, number] {
  const [, a, b] = /^(\d{1,6}),(\d{1,6})$/.exec(text) ?? [];
  if (a === undefined || b === undefined)
    throw new InputError(`--dims is "${text.slice(0, 40)}"; give two dimensions as 0,1.`);
  return [Number(a), Number(b)];
}
