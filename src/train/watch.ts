import { NotFiniteError, type Origin } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { debug } from "../gpu/modes.js";
import type { Program, StepValues } from "../gpu/program.js";
import { Snapshot } from "../gpu/snapshot.js";
import type { Parameters } from "../graph/parameters.js";
import type { Learner } from "../models/model.js";
import { RING_LINES, RING_WIDTH } from "../ops/total.js";
import type { StepLosses } from "./losses.js";
import { arenaNames } from "./memory.js";
import { type Look, Monitor } from "./monitor.js";
import type { TrainingPlan } from "./planning.js";

/** Looks after a training program: a look rides behind the last step of a submission, and where it sees a NaN or an infinity, the steps
 * since the last good look are done again, from a copy of the arenas on the GPU, until the first kernel that makes one is known. */
export class Watch {
  private readonly monitor: Monitor;
  private readonly snapshot: Snapshot;
  private readonly parameters: Parameters;
  private readonly norm: string | undefined;
  /** Steps done when the arenas were copied last. */
  private keptAt: number | undefined;

  /** @param replay makes a step's batch ready and gives its uniform */
  constructor(
    device: Device,
    private readonly program: Program,
    { task, optimizer, watched, stats, norm, kept }: TrainingPlan<Learner>,
    private readonly replay: (step: number) => StepValues,
  ) {
    this.parameters = task.model.parameters;
    this.monitor = new Monitor(device, program, this.parameters, optimizer.arenas, watched, stats);
    this.snapshot = new Snapshot(device, program, arenaNames(kept));
    this.norm = norm;
  }

  /** Steps done at the last good look. */
  get good(): number | undefined {
    return this.keptAt;
  }

  /** The program of a look, to run behind a step. */
  ready(): Program {
    return this.monitor.ready();
  }

  /** What the look behind step `step` saw. @throws NotFiniteError */
  async look(step: number): Promise<Look> {
    const look = await this.monitor.read();
    if (look.finding) throw await this.notFinite(look.finding, step, step);
    this.keep(step);
    if (this.norm === undefined) return look;
    const [gradientNorm] = (await this.program.read(this.norm)) as Float32Array;
    return { ...look, gradientNorm };
  }

  /** Looks for what is not finite, after all that was submitted before. @throws NotFiniteError */
  async check(step: number): Promise<void> {
    const finding = await this.monitor.check();
    if (finding) throw await this.notFinite(finding, step, step);
    this.keep(step);
  }

  /** Takes the state after `step` steps for a good one. */
  keep(step: number): void {
    this.snapshot.take();
    this.keptAt = step;
  }

  /** What to throw where losses were not finite.
   * @param losses steps whose losses are known: the first that is not finite dates the finding
   * @param submitted steps that were submitted in all */
  async failed(losses: readonly StepLosses[], submitted: number): Promise<NotFiniteError> {
    const broken = losses.find(({ loss }) => !Number.isFinite(loss)) as StepLosses;
    const finding = (await this.monitor.check()) ?? { tensor: "loss", index: 0 };
    return this.notFinite(finding, broken.step, submitted);
  }

  private async notFinite(
    { tensor, index }: { readonly tensor: string; readonly index: number },
    step: number,
    until: number,
  ): Promise<NotFiniteError> {
    return new NotFiniteError(tensor, index, step, await this.origin(until));
  }

  /** Does the steps since the last good look again; nothing where they come out finite: the memory was changed from outside. */
  private async origin(until: number): Promise<Origin | undefined> {
    const from = this.keptAt ?? until;
    this.snapshot.restore();
    // Gradients are of the step that failed.
    this.program.writeBuffer("gradient arena", new Float32Array(this.parameters.arenaLength));
    const before = await this.monitor.check();
    if (before) return { step: from, ...before };
    for (let step = from; step < until; step++) {
      this.snapshot.take();
      this.program.run([this.replay(step)], this.ready());
      const finding = await this.monitor.found();
      const ring = new Float32Array(await this.program.readBuffer("ring"));
      if (!finding && Number.isFinite(ring[(step % RING_LINES) * RING_WIDTH])) continue;
      this.snapshot.restore();
      const fault = await debug(this.program, this.replay(step));
      if (fault?.tensor === undefined || fault.index === undefined) return undefined;
      const { tensor, index, kernel, label } = fault;
      return { step: step + 1, tensor, index, kernel, label };
    }
    return undefined;
  }

  dispose(): void {
    this.monitor.dispose();
    this.snapshot.dispose();
  }
}
