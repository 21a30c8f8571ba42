import { type Command, Option } from "commander";
import type { Dataset } from "../data/dataset.js";
import { type Baseline, pcaBaseline } from "../evaluate/baseline.js";
import { type Asked, assertJudges } from "../evaluate/classify.js";
import { type Evaluation, evaluateModel } from "../evaluate/evaluate.js";
import type { Device } from "../gpu/device.js";
import { codeUseText } from "../models/code-use.js";
import { weightsProgram } from "../models/weights-program.js";
import { isClassifier, isPrior } from "../train/config.js";
import { action, print, whole, withCommon } from "./common.js";
import { evaluateClassifierRun, judged } from "./evaluate-classifier.js";
import { evaluatePrior } from "./evaluate-prior.js";
import { type DataOptions, openRunData, withData, withRun } from "./run-data.js";
import { loadClassifier, type Run, readConfig } from "./run-folder.js";

interface Options extends DataOptions {
  readonly baseline?: "pca";
  readonly limit?: number;
  readonly samples: number;
  readonly seed: number;
  readonly classifier?: string;
  readonly perClass: number;
}

/** evaluate RUN: loss terms, bounds on the likelihood, distortion and use of the latent space, on held-out data. */
export function register(program: Command): void {
  const command = program
    .command("evaluate <run>")
    .description(
      "loss terms, -ELBO, NLL, PSNR, SSIM and the use of the latent space or of the codes; of a prior the NLL of codes",
    )
    .option("--limit <n>", "the first n rows of the data", whole("--limit", 1))
    .addOption(
      new Option(
        "--baseline <name>",
        "the linear model of as many latents, found on up to 10,000 rows that the run was trained on",
      ).choices(["pca"]),
    )
    .option(
      "--samples <k>",
      "latents drawn for each image of a VAE, jumps for each sequence of a TD-VAE",
      whole("--samples", 1, 100_000),
      10,
    )
    .option("--seed <n>", "of the draws", whole("--seed", 0), 0)
    .option("--classifier <run>", "of a conditional model: have this classifier tell the classes of its draws")
    .option("--per-class <n>", "draws of each class that it is shown", whole("--per-class", 1, 100_000), 200);
  withCommon(withData(command)).action(
    action(async (dir: string, options: Options) => {
      const config = readConfig(dir);
      if (isPrior(config)) return evaluatePrior(dir, options);
      if (isClassifier(config)) return evaluateClassifierRun(dir, options);
      await withRun(options, dir, async (open) => {
        const { device, run } = open;
        const { samples, seed, json, classifier, perClass } = options;
        if (classifier !== undefined) assertJudges(loadClassifier(classifier), run.model);
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
          const asked = classifier === undefined ? undefined : await judged(open, classifier, perClass, seed);
          const baseline = options.baseline && (await baselineOf(device, run, options, dataset));
          print(
            json,
            {
              run: dir,
              data: options.data ?? run.config.data,
              split: options.split,
              ...result,
              ...(baseline && { baseline }),
              ...asked,
            },
            table(result, baseline) + (asked ? `\n${askedText(asked)}` : ""),
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

const askedText = ({ asAsked, asAskedByClass, perClass }: Asked): string =>
  `draws classed as asked  ${asAsked.toFixed(4)} of ${perClass} a class; by class ${asAskedByClass.map((s) => s.toFixed(2)).join(" ")}`;
/** Rows that a baseline is found on. */
const fitted = 10_000;

async function baselineOf(device: Device, run: Run, options: Options, dataset: Dataset): Promise<Baseline> {
  const limit = Math.min(run.config.limit ?? fitted, fitted);
  const trained = await openRunData(run, { ...options, split: "train" }, limit);
  return pcaBaseline(device, run.model, trained, dataset);
}

/** A line a measure. */
function table(e: Evaluation, baseline: Baseline | undefined): string {
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
  if (baseline) {
    const { components, share } = baseline;
    put(
      "MSE of PCA",
      baseline.mse,
      `a pixel, ${components} components (${(100 * share).toFixed(1)} % of the variance)`,
    );
    put("PSNR of PCA", baseline.psnr, "dB");
  }
  put("SSIM", e.ssim, `${e.ssimWindow} x ${e.ssimWindow} window`);
  if (e.latentVariance) lines.push(["active units", `${e.activeUnits} of ${e.latentVariance.length}`]);
  put("mutual information", e.mutualInformation, "nats (of at most log of the images, or 6.9)");
  if (e.disentanglement) {
    put("MIG", e.disentanglement.mig, "");
    put("SAP", e.disentanglement.sap, "");
    for (const { name, mig, latent, share } of e.disentanglement.factors)
      lines.push([`  ${name}`, `MIG ${number(mig)}, latent ${latent} tells ${(100 * share).toFixed(0)} % of it`]);
  }
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
