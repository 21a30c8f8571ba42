import type { Command } from "commander";
import type { Dataset } from "../data/dataset.js";
import { openDataset } from "../data/node.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { RunConfig } from "../train/config.js";
import type { EpochLosses, StepLosses } from "../train/losses.js";
import type { TrainState } from "../train/state.js";
import { Trainer } from "../train/trainer.js";
import { action, openDevice, pixels, print, real, warn, whole, withCommon } from "./common.js";
import { dryRun } from "./dry-run.js";
import { bitsPerDim, Metrics } from "./metrics.js";
import { duration, Progress, termsText } from "./progress.js";
import { RunFolder } from "./run-folder.js";
import type { TrainOptions } from "./settings.js";
import { settingsOf } from "./settings.js";
import { StopSignals } from "./signals.js";
import { TrainPictures } from "./train-pictures.js";
import { train } from "./training.js";

/** `latentgpu train`. */
export function register(program: Command): void {
  const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
  const command = program
    .command("train")
    .summary("train a model and leave a run folder with weights, metrics and pictures")
    .description(
      "Trains a preset (see: latentgpu presets) or a config file; with neither, the default VAE on digits that are drawn on the spot.",
    )
    .argument("[preset|config.json]", "what to train; the first preset where left out")
    .option(
      "--data <spec>",
      "builtin:glyphs, builtin:sprites, builtin:scenes, or a path: IDX files, a folder of PNGs, .npy",
    )
    .option("--out <dir>", "the run folder (default: runs/ and the preset's name)")
    .option("--epochs <n>", "passes over the data", whole("--epochs", 1))
    .option("--steps <n>", "steps in all, in place of epochs", whole("--steps", 1))
    .option("--batch <n>", "images a step", whole("--batch", 1))
    .option("--lr <x>", "learning rate", real("--lr", 0, 1000))
    .option("--seed <n>", "of initial weights, order and noise", whole("--seed", 0))
    .option("--limit <n>", "take the first n rows of the data", whole("--limit", 1))
    .option("--resize <WxH>", "bring every image to this size, e.g. 64x64", pixels("--resize"))
    .option("--resume", "go on with the run in --out, bit for bit")
    .option("--dry-run", "tell what training would take on the GPU, by what it is for; train nothing, write nothing")
    .option("--save-every <n>", "steps between checkpoints (default: an epoch)", whole("--save-every", 1))
    .option("--set <key=value>", "any setting by its path, e.g. model.latentDim=2; may be repeated", collect);
  withCommon(command).action(action(run));
}

async function run(what: string | undefined, options: TrainOptions): Promise<void> {
  const signals = new StopSignals();
  let device: Device | undefined;
  try {
    const settings = settingsOf(what, options);
    const folder = new RunFolder(settings.dir);
    if (!options.resume && !options.dryRun) folder.assertFree();
    const state = options.resume ? folder.readState() : undefined;
    const { data, limit, resize } = settings.config;
    const dataset = await openDataset(data, { limit, resize });
    const config = settings.shapeFollowsData ? withShapeOf(settings.config, dataset) : settings.config;
    if (options.dryRun) {
      device = await openDevice(options);
      dryRun(options, device, config, dataset);
      return;
    }
    const held = await heldRows(config, dataset);
    assertAhead(folder, config, dataset, state);
    await nextTurn();
    if (signals.name === undefined) device = await openDevice(options);
    if (device === undefined || signals.name !== undefined) {
      warn("stopped before the first step; nothing was written.");
      return;
    }
    await session({ device, folder, config, state, dataset, held, signals, options });
  } finally {
    await device?.dispose();
    signals.close();
  }
}

const totalSteps = ({ steps, epochs, batch }: RunConfig, { count }: Dataset): number =>
  steps ?? epochs * Math.ceil(count / batch);

function assertAhead({ dir }: RunFolder, config: RunConfig, dataset: Dataset, state: TrainState | undefined): void {
  const total = totalSteps(config, dataset);
  if (state && state.step > total)
    throw new InputError(
      `The run ${dir} is at step ${state.step} and ${total} were asked for in all; ask for more --steps or --epochs.`,
    );
}

/** Lets signals in that came during long work. */
const nextTurn = (): Promise<void> => new Promise((next) => setImmediate(next));

function withShapeOf(config: RunConfig, { shape, name }: Dataset): RunConfig {
  if (shape.join() === config.model.inputShape.join()) return config;
  warn(`${name} holds images of [${shape}] (C, H, W); the model takes these in place of [${config.model.inputShape}].`);
  return { ...config, model: { ...config.model, inputShape: [...shape] } };
}

/** Rows to show: of the test split, or trained ones where there is none. */
async function heldRows(config: RunConfig, dataset: Dataset): Promise<Dataset> {
  try {
    const held = await openDataset(config.data, { split: "test", limit: 64, resize: config.resize });
    if (held.shape.join() === dataset.shape.join()) return held;
    warn(`the test images are of [${held.shape}]; pictures show images that were trained on.`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    warn(`pictures show images that were trained on: ${error.message}`);
  }
  return dataset;
}

interface Session {
  readonly device: Device;
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly state: TrainState | undefined;
  readonly dataset: Dataset;
  readonly held: Dataset;
  readonly signals: StopSignals;
  readonly options: TrainOptions;
}

async function session({ device, folder, config, state, dataset, held, signals, options }: Session): Promise<void> {
  process.stderr.write(`compiling kernels for ${device.adapter.name}\n`);
  let last: StepLosses | undefined;
  const onSteps = (steps: readonly StepLosses[]): void => {
    metrics.steps(trainer, steps);
    progress.steps(steps);
    last = steps.at(-1);
  };
  const trainer = new Trainer(device, config, dataset, { onSteps });
  if (state) trainer.restore(state);
  const { stepsPerEpoch } = trainer;
  const total = totalSteps(config, dataset);
  const from = trainer.step;
  const started = performance.now();
  folder.writeConfig(config);
  const metrics = new Metrics(folder.path("metrics.jsonl"), from);
  const pictures = new TrainPictures(folder, trainer, held);
  const progress = new Progress({ from, total, stepsPerEpoch, images: dataset.count });
  try {
    if (from > 0) progress.note(`going on from step ${from} of ${total}`);
    await train({ trainer, folder, metrics, pictures, progress, signals, total });
  } finally {
    progress.stop();
    metrics.close();
    pictures.dispose();
    trainer.dispose();
  }
  const seconds = (performance.now() - started) / 1000;
  report(options, folder.dir, config, {
    step: trainer.step,
    total,
    seconds,
    last,
    epoch: trainer.losses.last,
    signals,
  });
}

interface Outcome {
  readonly step: number;
  readonly total: number;
  readonly seconds: number;
  readonly last: StepLosses | undefined;
  readonly epoch: EpochLosses | undefined;
  readonly signals: StopSignals;
}

function report(options: TrainOptions, dir: string, config: RunConfig, outcome: Outcome): void {
  const { step, total, seconds, signals } = outcome;
  const losses = outcome.epoch ?? outcome.last;
  const terms = losses && { loss: losses.loss, ...losses.terms, bitsPerDim: bitsPerDim(config, losses.terms) };
  const done = step >= total;
  const text = losses ? `, ${outcome.epoch ? "last epoch's mean " : ""}${termsText(losses.loss, losses.terms)}` : "";
  print(
    options.json,
    { run: dir, preset: config.preset, step, total, done, stopped: signals.name, seconds, ...terms },
    done
      ? `Trained ${step} steps in ${duration(seconds)}${text}. The run with its pictures is in ${dir}`
      : `Stopped at step ${step} of ${total}. Go on with: latentgpu train --out ${dir} --resume`,
  );
}
