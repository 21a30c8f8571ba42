import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { Learner } from "../models/model.js";
import { type AnyRunConfig, totalSteps } from "../train/config.js";
import { type Alarm, configAlarms, type Health } from "../train/health.js";
import type { EpochLosses, StepLosses } from "../train/losses.js";
import type { plannedMemory } from "../train/planning.js";
import type { TrainState } from "../train/state.js";
import type { Trainer, TrainerOptions } from "../train/trainer.js";
import { print } from "./common.js";
import { bitsOf, Metrics } from "./metrics.js";
import { duration, Progress, termsText } from "./progress.js";
import type { RunFolder } from "./run-folder.js";
import type { TrainOptions } from "./settings.js";
import type { StopSignals } from "./signals.js";
import type { Pictures } from "./training.js";
import { train } from "./training.js";

/** What a run of `train` works on. */
export interface Work {
  readonly config: AnyRunConfig;
  /** Rows of the data. */
  readonly count: number;
  /** What its training would take; makes nothing. */
  planned(device: Device): ReturnType<typeof plannedMemory>;
  /** Makes the trainer, and what shows how it gets on. */
  begin(
    device: Device,
    folder: RunFolder,
    events: Pick<TrainerOptions, "onSteps" | "onHealth">,
  ): { readonly trainer: Trainer<Learner>; readonly pictures?: Pictures };
}

interface Session {
  readonly device: Device;
  readonly folder: RunFolder;
  readonly work: Work;
  readonly state: TrainState | undefined;
  readonly signals: StopSignals;
  readonly options: TrainOptions;
}

/** @throws InputError where the run is beyond the end that was asked for */
export function assertAhead({ dir }: RunFolder, work: Work, state: TrainState | undefined): void {
  const total = totalSteps(work.config, work.count);
  if (state && state.step > total)
    throw new InputError(
      `The run ${dir} is at step ${state.step} and ${total} were asked for in all; ask for more --steps or --epochs.`,
    );
}

/** Trains from the first step, or from where a state says, to the last. */
export async function session({ device, folder, work, state, signals, options }: Session): Promise<void> {
  const { config } = work;
  process.stderr.write(`compiling kernels for ${device.adapter.name}\n`);
  let last: StepLosses | undefined;
  const onSteps = (steps: readonly StepLosses[]): void => {
    metrics.steps(trainer, steps);
    progress.steps(steps);
    last = steps.at(-1);
  };
  const raised = new Map<Alarm["kind"], Alarm>();
  const raise = (alarms: readonly Alarm[]): void => {
    for (const alarm of alarms) {
      // What has ended the run is told of as its error.
      if (!raised.has(alarm.kind) && alarm.kind !== "notFinite") progress.note(`latentgpu: alarm: ${alarm.text}`);
      raised.set(alarm.kind, alarm);
    }
  };
  const onHealth = (health: Health): void => {
    metrics.health(health);
    raise(health.alarms);
  };
  const { trainer, pictures } = work.begin(device, folder, { onSteps, onHealth });
  if (state) trainer.restore(state);
  const { stepsPerEpoch } = trainer;
  const total = totalSteps(work.config, work.count);
  const from = trainer.step;
  const started = performance.now();
  folder.writeConfig(config);
  const metrics = new Metrics(folder.path("metrics.jsonl"), from);
  const progress = new Progress({ from, total, stepsPerEpoch, images: work.count });
  try {
    raise(configAlarms(config, trainer.weighsByBeta));
    if (from > 0) progress.note(`going on from step ${from} of ${total}`);
    await train({ trainer, folder, metrics, ...(pictures && { pictures }), progress, signals, total });
  } finally {
    progress.stop();
    metrics.close();
    pictures?.dispose();
    trainer.dispose();
  }
  const seconds = (performance.now() - started) / 1000;
  report(options, folder.dir, config, {
    step: trainer.step,
    total,
    seconds,
    last,
    epoch: trainer.losses.last,
    alarms: [...raised.values()],
    signals,
    pictured: pictures !== undefined,
  });
}

interface Outcome {
  readonly step: number;
  readonly total: number;
  readonly seconds: number;
  readonly last: StepLosses | undefined;
  readonly epoch: EpochLosses | undefined;
  readonly alarms: readonly Alarm[];
  readonly signals: StopSignals;
  /** Whether it shows of itself in pictures. */
  readonly pictured: boolean;
}

function report(options: TrainOptions, dir: string, config: AnyRunConfig, outcome: Outcome): void {
  const { step, total, seconds, signals, alarms, pictured } = outcome;
  const losses = outcome.epoch ?? outcome.last;
  const terms = losses && { loss: losses.loss, ...losses.terms, ...bitsOf(config, losses.terms) };
  const done = step >= total;
  const text = losses ? `, ${outcome.epoch ? "last epoch's mean " : ""}${termsText(losses.loss, losses.terms)}` : "";
  print(
    options.json,
    { run: dir, preset: config.preset, step, total, done, stopped: signals.name, seconds, ...terms, alarms },
    done
      ? `Trained ${step} steps in ${duration(seconds)}${text}. The run${pictured ? " with its pictures" : ""} is in ${dir}`
      : `Stopped at step ${step} of ${total}. Go on with: latentgpu train --out ${dir} --resume`,
  );
}
