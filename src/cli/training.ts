import type { Learner } from "../models/model.js";
import type { EpochLosses } from "../train/losses.js";
import type { Trainer } from "../train/trainer.js";
import type { Metrics } from "./metrics.js";
import type { Progress } from "./progress.js";
import type { RunFolder } from "./run-folder.js";
import type { StopSignals } from "./signals.js";

/** What a run shows of itself. */
export interface Pictures {
  /** After epoch `n` of `epochs`. */
  epoch(n: number, epochs: number): Promise<void>;
  /** After the last step. */
  end(): Promise<void>;
  dispose(): void;
}

export interface Training {
  readonly trainer: Trainer<Learner>;
  readonly folder: RunFolder;
  readonly metrics: Metrics;
  readonly pictures?: Pictures;
  readonly progress: Progress;
  readonly signals: StopSignals;
  /** Steps in all. */
  readonly total: number;
}

/** Steps between two looks for what is not finite: `Trainer.run` ends with one. */
const lookEvery = 100;

/** Runs a trainer to its last step or to the signal to stop, and leaves a checkpoint either way. What is not finite ends it
 * before that would be saved. */
export async function train(training: Training): Promise<void> {
  const { trainer, signals, total, progress, pictures } = training;
  const every = trainer.config.saveEvery ?? trainer.stepsPerEpoch;
  const epochs = Math.ceil(total / trainer.stepsPerEpoch);
  let saved = -1;
  signals.onStop = () => trainer.stop();
  while (trainer.step < total && signals.name === undefined) {
    const next = (n: number): number => (Math.floor(trainer.step / n) + 1) * n;
    const until = Math.min(total, next(every), next(trainer.stepsPerEpoch), next(lookEvery));
    const before = trainer.step;
    await trainer.run(until);
    if (trainer.step === before) continue;
    progress.pause();
    if (trainer.step % trainer.stepsPerEpoch === 0)
      await endEpoch(training, trainer.losses.last as EpochLosses, epochs);
    if (trainer.step % every === 0) {
      await save(training);
      saved = trainer.step;
    }
  }
  if (saved !== trainer.step) await save(training);
  if (trainer.step >= total) await pictures?.end();
}

async function endEpoch(training: Training, losses: EpochLosses, epochs: number): Promise<void> {
  const { trainer, folder, metrics, pictures, progress } = training;
  progress.epoch(losses);
  if (metrics.epoch(trainer.config, losses)) folder.saveBest(trainer.model, await trainer.state());
  await pictures?.epoch(losses.epoch, epochs);
}

async function save({ trainer, folder, metrics }: Training): Promise<void> {
  metrics.flush();
  folder.save(trainer.model, await trainer.state());
}
