import { InputError, NotFiniteError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { StepValues } from "../gpu/program.js";
import { Program } from "../gpu/program.js";
import type { Plan } from "../graph/plan.js";
import { initialStatistics, initialWeights } from "../layers/init.js";
import type { Learner, Model, Term } from "../models/model.js";
import { RING_LINES, RING_WIDTH } from "../ops/total.js";
import type { Batches } from "./batches.js";
import type { RunConfig } from "./config.js";
import { termWeights } from "./config.js";
import { type Health, healthOf } from "./health.js";
import { Losses, type StepLosses } from "./losses.js";
import type { MemoryReport } from "./memory.js";
import { capacityAt } from "./objective.js";
import type { Optimizer } from "./optimizer.js";
import { planTraining } from "./planning.js";
import { schedule } from "./schedule.js";
import type { TrainState } from "./state.js";
import type { Task } from "./task.js";
import { Watch } from "./watch.js";

/** Steps between two looks at the run's health, and an epoch, where it has as many steps as the second. */
const LOOK_EVERY = 100;
const SHORT_EPOCH = 10;

export interface TrainerOptions {
  /** Called after each submit, with the steps it held. */
  readonly onSteps?: (steps: readonly StepLosses[]) => void;
  /** Called every 100 steps and at the end of an epoch of 10 steps or more, after `onSteps`; at last with what ends a run. */
  readonly onHealth?: (health: Health) => void;
  /** Rows of noise in place of the drawn: an input `eps` [B, latentDim] or `noise` [B, D] that the caller writes. For replays. */
  readonly given?: "eps" | "noise";
}

/** Batches, steps, losses: a task on a device. `Trainer` makes the task of a config of any family; with one of its own a page takes
 * in no more than it needs. */
export class TaskTrainer<M extends Learner = Model> {
  readonly model: M;
  readonly plan: Plan;
  readonly program: Program;
  readonly batches: Batches;
  readonly optimizer: Optimizer;
  /** What it takes on the GPU. */
  readonly memory: MemoryReport;
  private readonly kept: readonly string[];
  private readonly watch: Watch;
  private readonly lr: (step: number) => number;
  private readonly betaAt: (step: number) => number;
  private readonly terms: readonly Term[];
  private done = 0;
  private msPerStep = 0;
  private stopping = false;
  /** Whether what is done before the first step is done. */
  private started = false;
  /** The first steps whose losses were not finite. */
  private broken: readonly StepLosses[] | undefined;
  private readonly codes: ReturnType<NonNullable<Task["watch"]>> | undefined;
  /** Sums over the epoch so far. */
  readonly losses = new Losses();

  constructor(
    readonly device: Device,
    readonly config: RunConfig<M["config"]>,
    private readonly task: Task<M>,
    private readonly options: TrainerOptions = {},
  ) {
    const planned = planTraining(config, task, device, options.given);
    this.model = task.model;
    this.optimizer = planned.optimizer;
    this.batches = planned.batches;
    this.terms = planned.terms;
    this.plan = planned.plan;
    this.memory = planned.memory;
    this.kept = planned.kept;
    this.lr = config.lrSchedule ? schedule(config.lrSchedule) : () => this.optimizer.lr;
    this.betaAt = config.klSchedule ? schedule(config.klSchedule) : () => config.beta ?? 1;
    this.program = new Program(device, this.plan);
    this.watch = new Watch(device, this.program, planned, (step) =>
      this.stepValues(step, this.batches.prepare(this.program, step, 1)[0] as StepValues),
    );
    this.batches.load(this.program);
    this.codes = task.watch?.(this.program);
    this.program.writeBuffer("weight arena", initialWeights(this.model.parameters, config.seed));
    if (this.learns)
      this.program.writeBuffer("statistics arena", initialStatistics(this.model.parameters, config.seed));
    for (const [name, initial] of Object.entries(this.optimizer.initial))
      if (initial !== 0)
        this.program.writeBuffer(`${name} arena`, new Float32Array(this.model.parameters.arenaLength).fill(initial));
  }

  /** Whether the model has statistics beside its weights. */
  private get learns(): boolean {
    return this.model.parameters.statisticsLength > 0;
  }

  /** Steps done so far. */
  get step(): number {
    return this.done;
  }

  get stepsPerEpoch(): number {
    return this.batches.stepsPerEpoch;
  }

  /** Asks a running `run` to end after the submit under way. */
  stop(): void {
    this.stopping = true;
  }

  get stopped(): boolean {
    return this.stopping;
  }

  /** Whether a term of the objective is weighed by beta. */
  get weighsByBeta(): boolean {
    return this.terms.some(({ scheduled }) => scheduled);
  }

  beta(step = this.done): number {
    return this.betaAt(step);
  }

  learningRate(step = this.done): number {
    return this.lr(step);
  }

  /** The step uniform of the step that follows `step` done ones. */
  stepValues(step: number, place: StepValues): StepValues {
    const { config } = this;
    const weights = termWeights(this.terms, config.reduction, place.rows, this.betaAt(step));
    return {
      seed_low: config.seed >>> 0,
      seed_high: Math.floor(config.seed / 2 ** 32),
      step,
      slot: step % RING_LINES,
      ...place,
      ...this.optimizer.stepValues(step + 1, this.lr(step)),
      capacity: capacityAt(config, step),
      ...Object.fromEntries(weights.map((weight, i) => [`weight${i}`, weight])),
    };
  }

  /** Trains until `until` steps are done in all, or `stop` is called. Losses come through `onSteps` in order; two submits are
   * in flight at most. Ends with a check that every weight, gradient and moment is finite.
   * @throws NotFiniteError, DeviceLostError, GpuError */
  async run(until: number): Promise<void> {
    this.stopping = false;
    if (this.done === 0 && !this.started) await this.start();
    if (this.watch.good === undefined) this.watch.keep(this.done);
    let waiting: Promise<void> | undefined;
    let submitted = this.done;
    while (submitted < until && !this.stopping) {
      const from = submitted;
      const count = Math.min(until - from, this.stepsPerSubmit(), this.untilLook(from));
      if (from % this.stepsPerEpoch === 0) this.codes?.restart();
      const places = this.batches.prepare(this.program, from, count);
      submitted += count;
      const looks = this.untilLook(from) === count;
      const values = places.map((place, i) => this.stepValues(from + i, place));
      this.program.run(values, looks ? this.watch.ready() : undefined);
      const result = this.collect(from, count);
      result.catch(() => undefined);
      try {
        await waiting;
      } catch (error) {
        await result.catch(() => undefined);
        throw error;
      }
      waiting = result;
      if (looks || this.broken) await waiting;
      if (this.broken) break;
      if (looks) await this.tellHealth(submitted);
    }
    await waiting;
    await this.finite(async () => {
      if (this.broken) throw await this.watch.failed(this.broken, submitted);
      // A NaN can hide from the losses: max(NaN, 0) is 0 on some adapters.
      if (this.done > (this.watch.good as number)) await this.watch.check(this.done);
    });
  }

  /** Steps from `step` on to the next look. */
  private untilLook(step: number): number {
    const next = (every: number): number => every - (step % every);
    const { stepsPerEpoch } = this;
    return Math.min(next(LOOK_EVERY), this.codes || stepsPerEpoch >= SHORT_EPOCH ? next(stepsPerEpoch) : LOOK_EVERY);
  }

  private async tellHealth(step: number): Promise<void> {
    const look = await this.finite(() => this.watch.look(step));
    const codebooks = step % this.stepsPerEpoch === 0 ? await this.codes?.read() : undefined;
    if (codebooks) this.losses.endEpoch(codebooks);
    this.options.onHealth?.(healthOf(this.config, this.weighsByBeta, step, look, codebooks));
  }

  /** Does `work`, and tells of what is not finite before it is thrown. */
  private async finite<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NotFiniteError)
        this.options.onHealth?.({
          step: error.step,
          alarms: [{ kind: "notFinite", text: error.message }],
        });
      throw error;
    }
  }

  private async start(): Promise<void> {
    const { device, program, batches } = this;
    if (this.task.begin) {
      const [place] = batches.prepare(program, 0, 1);
      await this.task.begin({ device, program, batches, step: this.stepValues(0, place) });
    }
    this.started = true;
  }

  /** Reads the ring's lines of `count` steps from `from` on. */
  private async collect(from: number, count: number): Promise<void> {
    const start = performance.now();
    const ring = new Float32Array(await this.program.readBuffer("ring"));
    const spent = (performance.now() - start) / count;
    this.msPerStep = this.msPerStep === 0 ? spent : 0.5 * this.msPerStep + 0.5 * spent;
    const steps = Array.from({ length: count }, (_, i): StepLosses => {
      const line = ((from + i) % RING_LINES) * RING_WIDTH;
      return {
        step: from + i + 1,
        rows: ring[line + 5],
        loss: ring[line],
        terms: Object.fromEntries(this.terms.map(({ name }, k) => [name, ring[line + 1 + k]])),
      };
    });
    if (steps.some((s) => !Number.isFinite(s.loss))) this.broken ??= steps;
    if (this.broken) return;
    this.done = from + count;
    for (const s of steps) this.losses.add(s, this.stepsPerEpoch);
    this.options.onSteps?.(steps);
  }

  private stepsPerSubmit(): number {
    if (this.msPerStep === 0) return 1;
    const fitting = Math.floor(this.device.profile.timeBudgetMs / this.msPerStep);
    return Math.max(1, Math.min(fitting, this.batches.window, RING_LINES / 4));
  }

  /** Everything that a later process needs to go on bit for bit. */
  async state(): Promise<TrainState> {
    const arenas = new Map<string, Float32Array>();
    for (const name of this.kept) arenas.set(name, new Float32Array(await this.program.readBuffer(`${name} arena`)));
    return { step: this.done, seed: this.config.seed, epochSums: this.losses.sums(), arenas };
  }

  /** Goes on from a state. @throws InputError where it does not fit this model or optimizer */
  restore(state: TrainState): void {
    const { arenaLength, statisticsLength } = this.model.parameters;
    for (const name of this.kept) {
      const length = name === "statistics" ? statisticsLength : arenaLength;
      const arena = state.arenas.get(name);
      if (!arena || arena.length !== length)
        throw new InputError(
          `The saved state ${arena ? `holds ${arena.length} numbers` : "has nothing"} for "${name}" where ${length} are needed; resume with the config it was saved with.`,
        );
      this.program.writeBuffer(`${name} arena`, arena);
    }
    this.done = state.step;
    this.watch.keep(state.step);
    this.losses.restore(state.epochSums);
  }

  dispose(): void {
    this.watch.dispose();
    this.program.dispose();
  }
}
