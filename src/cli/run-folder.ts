import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { readSafetensors } from "../formats/safetensors.js";
import type { Device } from "../gpu/device.js";
import type { Program } from "../gpu/program.js";
import { Classifier } from "../models/classifier.js";
import { createModel } from "../models/index.js";
import { Judge } from "../models/judge.js";
import type { Learner, Model } from "../models/model.js";
import { PixelCnn } from "../models/pixelcnn.js";
import { Prior } from "../models/prior.js";
import { Runner } from "../models/runner.js";
import type { Arenas } from "../models/torch-layout.js";
import { weightsProgram } from "../models/weights-program.js";
import type { AnyRunConfig, ClassifierRunConfig, PriorRunConfig, RunConfig } from "../train/config.js";
import { checkRun, isClassifier, isPrior } from "../train/config.js";
import { configText, decodeModel, encodeModel } from "../train/run-files.js";
import type { TrainState } from "../train/state.js";
import { decodeState, encodeState } from "../train/state.js";
import type { Common } from "./common.js";
import { openDevice, warn } from "./common.js";
import { keepAs, writeDurable } from "./files.js";

export interface Run {
  readonly dir: string;
  readonly config: RunConfig;
  readonly model: Model;
  /** Weights, and batch norm's running statistics. */
  readonly arenas: Arenas;
}

/** A prior's run. */
export interface PriorRun {
  readonly dir: string;
  readonly config: PriorRunConfig;
  readonly model: PixelCnn;
  readonly arenas: Arenas;
}

/** A classifier's run. */
export interface ClassifierRun {
  readonly dir: string;
  readonly config: ClassifierRunConfig;
  readonly model: Classifier;
  readonly arenas: Arenas;
}

export interface OpenRun {
  readonly device: Device;
  readonly run: Run;
  readonly runner: Runner;
  dispose(): Promise<void>;
}

/** Reads a JSON file that a person may have written. @throws InputError with the file and the remedy */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      `${path} ${code === "ENOENT" ? "is not there" : `could not be read (${code})`}; check its name and its rights.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path} is not JSON: ${(error as Error).message.split("\n")[0]}; correct it.`);
  }
}

/** Whether a folder holds a run. */
export const isRun = (dir: string): boolean => existsSync(join(dir, "config.json"));

/** The config of a run, of whatever kind. @throws InputError */
export function readConfig(dir: string): AnyRunConfig {
  if (!existsSync(dir)) throw new InputError(`There is no run at ${dir}; name the folder that train wrote.`);
  if (!statSync(dir).isDirectory() || !isRun(dir))
    throw new InputError(`${dir} is not a run (it holds no config.json); name the folder that train wrote.`);
  const path = join(dir, "config.json");
  const value = readJson(path);
  try {
    return checkRun(value);
  } catch (error) {
    throw new InputError(`${path}: ${(error as Error).message}`);
  }
}

/** Reads NAME.safetensors of a run, or NAME.previous.safetensors where the newest is damaged or gone, with a warning.
 * Gives undefined where the run has neither.
 * @throws InputError where neither is sound */
function readKept<T>(
  dir: string,
  name: string,
  decode: (bytes: Uint8Array, where: string) => T,
): { value: T; previous: boolean } | undefined {
  const [newest, previous] = [join(dir, `${name}.safetensors`), join(dir, `${name}.previous.safetensors`)];
  const read = (path: string): T => {
    try {
      return decode(readFileSync(path), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code ? new InputError(`${path} could not be read (${code}); check its rights.`) : error;
    }
  };
  if (!existsSync(newest) && !existsSync(previous)) return undefined;
  try {
    if (!existsSync(newest)) throw new InputError(`${newest} is not there; restore it or train anew.`);
    return { value: read(newest), previous: false };
  } catch (error) {
    if (!(error instanceof InputError) || !existsSync(previous)) throw error;
    let value: T;
    try {
      value = read(previous);
    } catch {
      throw error;
    }
    warn(`${error.message} Going on from ${previous}, the checkpoint before.`);
    return { value, previous: true };
  }
}

/** A run from its folder, weights as they were last saved.
 * @throws InputError naming the file and what is wrong with it */
export function loadRun(dir: string): Run {
  const config = readConfig(dir);
  if (isPrior(config))
    throw new InputError(
      `The run ${dir} is a prior over codes and has no images; name the run whose codes it was trained on.`,
    );
  if (isClassifier(config))
    throw new InputError(
      `The run ${dir} is a classifier and makes no images; name it as --classifier, or evaluate it.`,
    );
  const model = createModel(config.model);
  return { dir, config, model, arenas: loadArenas(dir, model) };
}

/** A prior from its folder, weights as they were last saved.
 * @throws InputError naming the file and what is wrong with it */
export function loadPrior(dir: string): PriorRun {
  const config = readConfig(dir);
  if (!isPrior(config))
    throw new InputError(
      `The run ${dir} is of kind "${config.model.kind}" and no prior; train one with: latentgpu train pixelcnn --codes RUN.`,
    );
  const model = new PixelCnn(config.model);
  return { dir, config, model, arenas: loadArenas(dir, model) };
}

/** A classifier from its folder, weights as they were last saved.
 * @throws InputError naming the file and what is wrong with it */
export function loadClassifier(dir: string): ClassifierRun {
  const config = readConfig(dir);
  if (!isClassifier(config))
    throw new InputError(
      `The run ${dir} is of kind "${config.model.kind}" and no classifier; train one with: latentgpu train classifier/mlp.`,
    );
  const model = new Classifier(config.model);
  return { dir, config, model, arenas: loadArenas(dir, model) };
}

/** A run from its folder, of whatever kind, weights as they were last saved.
 * @throws InputError naming the file and what is wrong with it */
export function loadAny(dir: string): Run | PriorRun | ClassifierRun {
  const config = readConfig(dir);
  if (isPrior(config)) return loadPrior(dir);
  return isClassifier(config) ? loadClassifier(dir) : loadRun(dir);
}

function loadArenas(dir: string, model: Learner): Arenas {
  const kept = readKept(dir, "model", (bytes, where) => decodeModel(model, bytes, where));
  if (!kept)
    throw new InputError(`The run ${dir} has no weights yet; go on with: latentgpu train --out ${dir} --resume.`);
  return kept.value;
}

/** A run at work on a device. */
export async function openRun(common: Common, dir: string): Promise<OpenRun> {
  const run = loadRun(dir);
  const device = await openDevice(common);
  const { runner, dispose: free } = runnerOf(device, run);
  const dispose = async (): Promise<void> => {
    free();
    await device.dispose();
  };
  return { device, run, runner, dispose };
}

/** A run's model at work on a device that is there already. */
export function runnerOf(device: Device, { model, arenas }: Run): { readonly runner: Runner; dispose(): void } {
  const weights = weightsProgram(device, arenas.weight, arenas.statistics);
  const runner = new Runner(device, model, weights);
  const dispose = (): void => {
    runner.dispose();
    weights.dispose();
  };
  return { runner, dispose };
}

/** A prior at work on a device. */
export function openPrior(device: Device, { model, arenas }: PriorRun): { readonly prior: Prior; dispose(): void } {
  const weights = weightsProgram(device, arenas.weight);
  const prior = new Prior(device, model, weights);
  const dispose = (): void => {
    prior.dispose();
    weights.dispose();
  };
  return { prior, dispose };
}

/** A classifier at work on a device. */
export function openClassifier(
  device: Device,
  { model, arenas }: ClassifierRun,
): { readonly judge: Judge; readonly weights: Program; dispose(): void } {
  const weights = weightsProgram(device, arenas.weight);
  const judge = new Judge(device, model, weights);
  const dispose = (): void => {
    judge.dispose();
    weights.dispose();
  };
  return { judge, weights, dispose };
}

/** The writing side of a run: its config and its checkpoints. The state is written last: what it tells of is there. */
export class RunFolder {
  /** The newest checkpoint is damaged: it must not take the place of the sound one before. */
  private damaged = { state: false, model: false };
  private saved: number | undefined;

  constructor(readonly dir: string) {}

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** Refuses a place that is taken. @throws InputError; nothing is touched */
  assertFree(): void {
    if (!existsSync(this.dir)) return;
    if (isRun(this.dir))
      throw new InputError(`There is a run at ${this.dir} already; go on with it by --resume or name another --out.`);
    if (!statSync(this.dir).isDirectory() || readdirSync(this.dir).length > 0)
      throw new InputError(
        `${this.dir} is ${statSync(this.dir).isDirectory() ? "a folder with other files" : "a file"}; name another --out.`,
      );
  }

  writeConfig(config: AnyRunConfig): void {
    writeDurable(this.path("config.json"), configText(config));
  }

  /** The state to go on from, undefined where none was saved yet. @throws InputError where none is sound */
  readState(): TrainState | undefined {
    const kept = readKept(this.dir, "state", decodeState);
    if (!kept) return undefined;
    const model = this.path("model.safetensors");
    this.damaged = { state: kept.previous, model: existsSync(model) && !isSound(model) };
    this.saved = kept.value.step;
    return kept.value;
  }

  /** Saves weights and state; the ones saved before become the previous ones. */
  save(model: Learner, state: TrainState): void {
    const files = { model: encodeModel(model, state), state: encodeState(state) };
    for (const name of ["model", "state"] as const) {
      const path = this.path(`${name}.safetensors`);
      if (!this.damaged[name] && this.saved !== state.step) keepAs(path, this.path(`${name}.previous.safetensors`));
      writeDurable(path, files[name]);
    }
    this.damaged = { state: false, model: false };
    this.saved = state.step;
  }

  /** Saves the weights of the best epoch so far. */
  saveBest(model: Learner, state: TrainState): void {
    writeDurable(this.path("best.safetensors"), encodeModel(model, state));
  }
}

function isSound(path: string): boolean {
  try {
    readSafetensors(readFileSync(path), path);
    return true;
  } catch {
    return false;
  }
}
