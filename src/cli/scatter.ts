import type { Command } from "commander";
import { floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { pca } from "../evaluate/pca.js";
import type { Device } from "../gpu/device.js";
import { labelsOf } from "../models/labels.js";
import { meansOf } from "../models/latent-rows.js";
import { coordinatePlane, type Plane, posteriorEllipses, project } from "../pictures/plane.js";
import { labelColour, latentScatter } from "../pictures/scatter.js";
import { action, whole, withCommon } from "./common.js";
import {
  assertContinuous,
  type DataOptions,
  openRunData,
  type PictureOptions,
  picturePath,
  savePicture,
  twoDims,
  withData,
  withPicture,
  withRun,
} from "./run-data.js";

interface Options extends PictureOptions, DataOptions {
  readonly count: number;
  readonly size: number;
  readonly dims?: readonly [number, number];
  readonly ellipses: number;
}

/** scatter RUN: the latents of images as dots in the colours of their labels. */
export function register(program: Command): void {
  const command = program
    .command("scatter <run>")
    .description("where images lie in the latent space: a dot each, in the colour of its label")
    .option("--count <n>", "images, fewer where the data has no more", whole("--count", 1, 1_000_000), 5000)
    .option("--dims <a,b>", "two latent dimensions (default: both of two, else the two principal components)", twoDims)
    .option("--ellipses <n>", "of a VAE: one standard deviation of the first n posteriors", whole("--ellipses", 0), 0)
    .option("--size <pixels>", "of a side of the picture", whole("--size", 16, 8192), 640);
  withCommon(withPicture(withData(command), "scatter")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async ({ device, run, runner }) => {
        assertContinuous(run);
        const { count, size, ellipses } = options;
        const { latentDim, config } = run.model;
        const vae = config.kind === "vae";
        if (ellipses > 0 && !vae)
          throw new InputError(`A model of kind "${config.kind}" has no posteriors; leave --ellipses out.`);
        const path = picturePath(run, options, "scatter");
        const dataset = await openRunData(run, options, count);
        const rows = Math.min(count, dataset.count);
        const own = labelsOf(run.model, dataset, ["encoder"])?.subarray(0, rows);
        const statistics = await runner.statistics(floatRows(dataset, 0, rows), own);
        const latents = vae ? meansOf(statistics, latentDim) : statistics;
        const { plane, share } = await planeOf(device, latents, latentDim, options.dims);
        const picture = latentScatter(project(latents, plane), 2, dataset.labels, {
          size,
          ellipses: vae ? posteriorEllipses(statistics, plane, ellipses) : [],
        });
        const labels = dataset.labels ? [...new Set(dataset.labels.subarray(0, rows))].sort((a, b) => a - b) : [];
        const colours = labels.map((label) => ({ label, colour: labelColour(label) }));
        await savePicture(options, path, picture, { images: rows, share, colours });
      });
    }),
  );
}

/** The plane to show, and the share of the latents' variance in it where it was looked for. */
async function planeOf(
  device: Device,
  latents: Float32Array,
  latentDim: number,
  dims: readonly [number, number] | undefined,
): Promise<{ readonly plane: Plane; readonly share?: number }> {
  if (latentDim === 1) throw new InputError("A latent of one dimension makes no plane; take a wider model.");
  if (dims || latentDim === 2) return { plane: coordinatePlane(latentDim, dims ?? [0, 1]) };
  const count = latents.length / latentDim;
  const found = await pca(device, { name: "latents", count, shape: [1, 1, latentDim], values: latents }, 2);
  found.dispose();
  const held = found.variance.reduce((a, b) => a + b, 0);
  return {
    plane: { axes: found.components, mean: found.mean },
    share: found.totalVariance > 0 ? held / found.totalVariance : 0,
  };
}
