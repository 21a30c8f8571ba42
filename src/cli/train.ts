import type { Command } from "commander";
import type { Dataset } from "../data/dataset.js";
import { openDataset } from "../data/node.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { isClassifier, isPrior, type RunConfig } from "../train/config.js";
import { plannedMemory } from "../train/planning.js";
import { taskOf } from "../train/tasks.js";
import { Trainer } from "../train/trainer.js";
import { action, openDevice, pixels, real, warn, whole, withCommon } from "./common.js";
import { dryRun } from "./dry-run.js";
import { RunFolder } from "./run-folder.js";
import { assertAhead, session, type Work } from "./session.js";
import type { Settings, TrainOptions } from "./settings.js";
import { settingsOf } from "./settings.js";
import { StopSignals } from "./signals.js";
import { workOnLabels } from "./train-classifier.js";
import { workOnCodes } from "./train-codes.js";
import { TrainPictures } from "./train-pictures.js";

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
      "builtin:glyphs, builtin:moving-glyphs, builtin:sprites, builtin:scenes, or a path: IDX files, a folder of PNGs, .npy",
    )
    .option("--codes <run|file.npy>", "of a prior: a run whose codes it learns, or a file of codes [N,H,W]")
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
  const open = async (): Promise<Device> => {
    device ??= await openDevice(options);
    return device;
  };
  try {
    const settings = settingsOf(what, options);
    const folder = new RunFolder(settings.dir);
    if (!options.resume && !options.dryRun) folder.assertFree();
    const state = options.resume ? folder.readState() : undefined;
    const work = await workOn(settings, open);
    if (options.dryRun) {
      dryRun(options, await open(), work);
      return;
    }
    assertAhead(folder, work, state);
    await nextTurn();
    if (signals.name === undefined) await open();
    if (device === undefined || signals.name !== undefined) {
      warn("stopped before the first step; nothing was written.");
      return;
    }
    await session({ device, folder, work, state, signals, options });
  } finally {
    await device?.dispose();
    signals.close();
  }
}

function workOn(settings: Settings, open: () => Promise<Device>): Promise<Work> {
  const { config } = settings;
  if (isPrior(config)) return workOnCodes(settings, config, open);
  return isClassifier(config) ? workOnLabels(settings, config) : workOnImages(settings, config);
}

async function workOnImages(settings: Settings, given: RunConfig): Promise<Work> {
  const { data, limit, resize } = given;
  const dataset = await openDataset(data, { limit, resize });
  const config = settings.follows("model.inputShape") ? withShapeOf(given, dataset) : given;
  const held = await heldRows(config, dataset);
  return {
    config,
    count: dataset.count,
    planned: (device) => plannedMemory(config, taskOf(config, dataset), device),
    begin: (device, folder, events) => {
      const trainer = new Trainer(device, config, dataset, events);
      return { trainer, pictures: new TrainPictures(folder, trainer, held) };
    },
  };
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
