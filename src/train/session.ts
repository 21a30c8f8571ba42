import { DeviceLostError, InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { Learner } from "../models/model.js";
import { type RunConfig, totalSteps } from "./config.js";
import type { Health } from "./health.js";
import type { EpochLosses, StepLosses } from "./losses.js";
import type { MemoryReport } from "./memory.js";
import { encodeRun, type RunFiles } from "./run-files.js";
import type { TrainState } from "./state.js";
import type { Task } from "./task.js";
import { TaskTrainer } from "./task-trainer.js";

/** What training is about to be, told before its first step. */
export interface TrainBeginning {
  /** Steps done before, and in all. */
  readonly step: number;
  readonly total: number;
  readonly stepsPerEpoch: number;
  readonly adapter: string;
  readonly memory: MemoryReport;
}

/** Calls that training makes, each in its order. */
export interface TrainEvents {
  onTrainBegin?(beginning: TrainBeginning): void;
  /** After each step. */
  onStepEnd?(losses: StepLosses): void;
  onEpochEnd?(losses: EpochLosses): void;
  /** Every 100 steps and at the end of an epoch of 10 steps or more: norms, latents, codes, and what is wrong with the run. */
  onHealth?(health: Health): void;
  /** Every `saveEvery` steps of the config (an epoch where left out). */
  onSave?(files: RunFiles): void;
  /** A sentence for people: the GPU was lost, training goes on. */
  onLog?(text: string): void;
}

export interface SessionOptions<M extends Learner> extends TrainEvents {
  /** Opens the GPU, and a new one after a loss. */
  readonly open: () => Promise<Device>;
  /** What to go on from. */
  readonly state?: TrainState | undefined;
  /** After a loss of the GPU go on from the last snapshot, on a new one. Default false. */
  readonly recover?: boolean;
  /** Steps between two snapshots in memory, of weights and moments. Default 200. */
  readonly snapshotEvery?: number;
  /** Called with each trainer that is made, before its first step: the first, and one after each loss. */
  readonly onTrainer?: (trainer: TaskTrainer<M>) => void;
}

/** Losses of the GPU in a row without a step between them, after which it is given up. */
const mostLosses = 3;
/** How often, and after how many ms each, a new GPU is asked for after a loss: a browser restarts its GPU process first. */
const tries = 10;
const wait = 500;

/** Somebody who waits for the trainer. */
interface Visit<M extends Learner> {
  readonly work: (trainer: TaskTrainer<M>) => Promise<void>;
  readonly fail: (error: unknown) => void;
}

/** A training run from its first step to its last, on one GPU after another where these are lost. */
export class TrainSession<M extends Learner = Learner> {
  private trainer: TaskTrainer<M> | undefined;
  private snapshot: TrainState | undefined;
  private told: number;
  private toldEpoch: number;
  private toldHealth: number;
  private begun = false;
  private stopping = false;
  private paused = false;
  private readonly visits: Visit<M>[] = [];
  private wake: (() => void) | undefined;
  private running: Promise<RunFiles> | undefined;
  private over = false;

  constructor(
    readonly config: RunConfig<M["config"]>,
    private readonly task: Task<M>,
    private readonly options: SessionOptions<M>,
  ) {
    this.snapshot = options.state;
    this.told = options.state?.step ?? 0;
    this.toldHealth = this.told;
    this.toldEpoch = Math.floor((this.told * config.batch) / task.source.count);
  }

  /** Steps in all. */
  get total(): number {
    return totalSteps(this.config as RunConfig, this.task.source.count);
  }

  /** Trains to the last step or until `stop`, and gives the run's files; called again it gives the same.
   * @throws DeviceLostError where the GPU is lost and not to be replaced, or cannot be; NotFiniteError, GpuError, InputError */
  run(): Promise<RunFiles> {
    this.running ??= this.all().finally(() => {
      this.over = true;
    });
    return this.running;
  }

  /** Ends `run` after the submit under way. */
  stop(): void {
    this.stopping = true;
    this.look();
  }

  /** Waits after the submit under way, until `resume` or `stop`. */
  pause(): void {
    this.paused = true;
    this.look();
  }

  resume(): void {
    this.paused = false;
    this.look();
  }

  /** The run's files as they are after the submit under way; after the end, those of the end. */
  save(): Promise<RunFiles> {
    if (this.over || !this.running) return this.run();
    return this.visit((trainer) => this.files(trainer));
  }

  /** Gives the trainer to `work` after the submit under way; the next waits for it. Where the GPU is lost meanwhile, `work` gets the
   * next trainer too. Rejects once the run is over. */
  visit<T>(work: (trainer: TaskTrainer<M>) => Promise<T>): Promise<T> {
    if (this.over) return Promise.reject(new InputError("The training is over; start it anew from its files."));
    return new Promise((resolve, fail) => {
      const done = (error: unknown): void => {
        if (error instanceof DeviceLostError) throw error;
        fail(error);
      };
      this.visits.push({ work: (trainer) => work(trainer).then(resolve, done), fail });
      this.look();
    });
  }

  /** Makes the loop look at what is asked of it. */
  private look(): void {
    this.trainer?.stop();
    this.wake?.();
  }

  private async all(): Promise<RunFiles> {
    try {
      for (let losses = 0, lastAt = -1; ; ) {
        const device = await this.open(losses > 0);
        try {
          return await this.on(device);
        } catch (error) {
          if (!this.options.recover || !(error instanceof DeviceLostError)) throw error;
          losses = this.told > lastAt ? 1 : losses + 1;
          lastAt = this.told;
          if (losses > mostLosses) throw error;
          this.options.onLog?.(
            `The GPU was lost at step ${this.told} (${error.reason}); going on from step ${this.snapshot?.step ?? 0} on a new one.`,
          );
        } finally {
          this.trainer?.dispose();
          this.trainer = undefined;
          await device.dispose();
        }
      }
    } catch (error) {
      for (const { fail } of this.visits.splice(0)) fail(error);
      throw error;
    }
  }

  private async open(again: boolean): Promise<Device> {
    for (let left = again ? tries : 1; ; left--) {
      try {
        return await this.options.open();
      } catch (error) {
        if (left === 1) throw error;
        await new Promise((next) => setTimeout(next, wait));
      }
    }
  }

  private async on(device: Device): Promise<RunFiles> {
    const { config, options, task, total } = this;
    const onSteps = (steps: readonly StepLosses[]): void => this.tell(steps);
    const onHealth = (health: Health): void => this.tellHealth(health);
    const trainer = new TaskTrainer<M>(device, config, task, { onSteps, onHealth });
    this.trainer = trainer;
    if (this.snapshot) trainer.restore(this.snapshot);
    const { stepsPerEpoch, memory } = trainer;
    if (!this.begun)
      options.onTrainBegin?.({ step: this.told, total, stepsPerEpoch, adapter: device.adapter.name, memory });
    this.begun = true;
    options.onTrainer?.(trainer);
    const loss = device.loss.then((error) => {
      throw error;
    });
    loss.catch(() => undefined); // it is of interest while nothing else would tell
    while (trainer.step < total && !this.stopping) {
      if (this.visits.length > 0) await this.receive(trainer);
      else if (!this.paused) await this.advance(trainer);
      else {
        const asked = new Promise<void>((done) => {
          this.wake = done;
        });
        await Promise.race([asked, loss]);
      }
    }
    const files = await this.files(trainer);
    await this.receive(trainer);
    return files;
  }

  /** One visitor after the other; one whose GPU is lost stays in line. */
  private async receive(trainer: TaskTrainer<M>): Promise<void> {
    for (let visit = this.visits[0]; visit; visit = this.visits[0]) {
      await visit.work(trainer);
      this.visits.shift();
    }
  }

  /** Trains until something is due. */
  private async advance(trainer: TaskTrainer<M>): Promise<void> {
    const { config, options, total } = this;
    const { stepsPerEpoch, step: before } = trainer;
    const saveEvery = config.saveEvery ?? stepsPerEpoch;
    const snapshotEvery = options.recover ? (options.snapshotEvery ?? 200) : Number.POSITIVE_INFINITY;
    const next = (n: number): number => (Math.floor(before / n) + 1) * n;
    await trainer.run(Math.min(total, next(saveEvery), next(stepsPerEpoch), next(snapshotEvery)));
    const { step, losses } = trainer;
    if (step === before) return;
    if (step % snapshotEvery === 0) this.snapshot = await trainer.state();
    if (losses.last && losses.last.epoch > this.toldEpoch) {
      this.toldEpoch = losses.last.epoch;
      options.onEpochEnd?.(losses.last);
    }
    if (step % saveEvery === 0 && options.onSave) options.onSave(await this.files(trainer));
  }

  /** Tells of steps, once each: what is trained again after a loss was told of before. */
  private tell(steps: readonly StepLosses[]): void {
    for (const losses of steps) {
      if (losses.step <= this.told) continue;
      this.told = losses.step;
      this.options.onStepEnd?.(losses);
    }
  }

  private tellHealth(health: Health): void {
    if (health.step <= this.toldHealth) return;
    this.toldHealth = health.step;
    this.options.onHealth?.(health);
  }

  private async files(trainer: TaskTrainer<M>): Promise<RunFiles> {
    return encodeRun(this.config as RunConfig, trainer.model, await trainer.state());
  }
}
