import type { Command } from "commander";
import { type Evaluation, evaluateModel } from "../evaluate/evaluate.js";
import { codeUseText } from "../models/code-use.js";
import { weightsProgram } from "../models/runner.js";
import { isPrior } from "../train/config.js";
import { action, print, whole, withCommon } from "./common.js";
import { evaluatePrior } from "./evaluate-prior.js";
import { type DataOptions, openRunData, withData, withRun } from "./run-data.js";
import { readConfig } from "./run-folder.js";

interface Options extends DataOptions {
  readonly limit?: number;
  readonly samples: number;
  readonly seed: number;
}

/** evaluate RUN: loss terms, bounds on the likelihood, distortion and use of the latent space, on held-out data. */
export function register(program: Command): void {
  const command = program
    .command("evaluate <run>")
    .description(
      "loss terms, -ELBO, NLL, PSNR, SSIM and the use of the latent space or of the codes; of a prior the NLL of codes",
    )
    .option("--limit <n>", "the first n rows of the data", whole("--limit", 1))
    .option(
      "--samples <k>",
      "latents drawn for each image of a VAE, jumps for each sequence of a TD-VAE",
      whole("--samples", 1, 100_000),
      10,
    )
    .option("--seed <n>", "of the draws", whole("--seed", 0), 0);
  withCommon(withData(command)).action(
    action(async (dir: string, options: Options) => {
      if (isPrior(readConfig(dir))) return evaluatePrior(dir, options);
      await withRun(options, dir, async ({ device, run }) => {
        const { samples, seed, json } = options;
        const dataset = await openRunData(run, options, options.limit);
        const weights = weightsProgram(device, run.arenas.weight, run.arenas.statistics);
        const { corruption } = run.config;
        try {
          const result = await evaluateModel(device, run.model, weights, dataset, {
            samples,
            seed,
            ...(corruption && { corruption }),
            onProgress,
          });
          print(
            json,
            { run: dir, data: options.data ?? run.config.data, split: options.split, ...result },
            table(result),
          );
        } finally {
          weights.dispose();
        }
      });
    }),
  );
}

function onProgress(done: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done === of ? " ".repeat(40) : `${done} of ${of} images`}\r`);
}

/** A line a measure. */
function table(e: Evaluation): string {
  const number = (value: number): string =>
    value !== 0 && Math.abs(value) < 0.1 ? value.toPrecision(4) : value.toFixed(3);
  const lines: [string, string][] = [["images", String(e.images)]];
  const put = (name: string, value: number | undefined, unit: string): void => {
    if (value !== undefined) lines.push([name, `${number(value)}${unit && ` ${unit}`}`]);
  };
  const unit = (e.likelihoodConstant ?? 0) === 0 ? "an image" : "an image (constant of the likelihood left out)";
  for (const [name, value] of Object.entries(e.terms)) put(name, value, "an image");
  put("-ELBO", e.negativeElbo, unit);
  put("NLL", e.nll, `${unit}, ${e.samples} samples`);
  put("bits per dimension", e.bitsPerDim, "");
  put("MSE", e.mse, e.corruptedMse === undefined ? "a pixel" : "a pixel, denoised");
  put("corrupted input's MSE", e.corruptedMse, "a pixel");
  put("MSE where hidden", e.hiddenMse, "a hidden pixel");
  put("of filling in the mean", e.meanFillMse, "a hidden pixel");
  put("PSNR", e.psnr, "dB");
  put("SSIM", e.ssim, `${e.ssimWindow} x ${e.ssimWindow} window`);
  if (e.latentVariance) lines.push(["active units", `${e.activeUnits} of ${e.latentVariance.length}`]);
  for (const use of e.codebooks ?? []) lines.push(["codes", codeUseText(use)]);
  if (e.latentMean && !e.klPerDim) {
    const [least, most] = [Math.min(...e.latentMean), Math.max(...e.latentMean)];
    const mean = e.latentMean.reduce((a, b) => a + b, 0) / e.latentMean.length;
    lines.push(["mean activation", `${number(mean)}, by unit from ${number(least)} to ${number(most)}`]);
  }
  if (e.klPerDim) lines.push(["KL by dimension", e.klPerDim.map((k) => k.toFixed(2)).join(" ")]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
