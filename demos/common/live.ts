// Models that train in this page: started, paused, gone on with and started anew, whatever is pressed in whatever order.
import { type PriorRunConfig, type RunConfig, type RunFiles, type Training, type TrainOptions, train } from "latentgpu";
import { attempt, byId, say, showError } from "./page.js";

/** A training to be: its config and what goes with it. */
export type Job = readonly [RunConfig | PriorRunConfig, TrainOptions];

export class Live {
  private running: readonly Training[] = [];
  private paused = false;
  private begun = 0;

  /** @param button starts, pauses and goes on
   * @param configure what is trained, asked for at each start
   * @param show hands the canvases over to the trainings that begin */
  constructor(
    private readonly button: HTMLButtonElement,
    private readonly configure: () => Promise<readonly Job[]>,
    private readonly show: (trainings: readonly Training[]) => Promise<void>,
  ) {
    button.addEventListener("click", () => attempt(() => this.press()));
  }

  /** The trainings under way. */
  get trainings(): readonly Training[] {
    return this.running;
  }

  private async press(): Promise<void> {
    if (this.running.length === 0) return this.start();
    this.paused = !this.paused;
    for (const training of this.running)
      if (this.paused) training.pause();
      else training.resume();
    this.label();
  }

  /** Pauses what trains; what is paused or idle stays so. */
  pause(): void {
    if (this.running.length === 0 || this.paused) return;
    this.paused = true;
    for (const training of this.running) training.pause();
    this.label();
  }

  /** Ends what runs, and begins anew. A start that another overtakes comes to nothing. */
  async start(paused = false): Promise<void> {
    const turn = ++this.begun;
    await this.stop();
    if (turn !== this.begun) return;
    const jobs = await this.configure();
    if (turn !== this.begun) return;
    say("Getting ready …");
    const trainings = jobs.map(([config, options]) => train(config as RunConfig, { onLog: say, ...options }));
    this.running = trainings;
    this.paused = paused;
    this.label();
    for (const training of trainings) {
      if (paused) training.pause();
      training.done.catch((error) => this.running === trainings && showError(error)).then(() => this.ended(trainings));
    }
    await this.show(trainings).catch((error) => {
      if (this.running === trainings) throw error;
    });
  }

  /** The files of the first run as it is. @throws Error where none is under way */
  async files(): Promise<RunFiles> {
    const [training] = this.running;
    if (!training) throw new Error("There is nothing trained yet; press Start first.");
    return training.save();
  }

  private async stop(): Promise<void> {
    const trainings = this.running;
    this.running = [];
    for (const training of trainings) training.stop();
    await Promise.allSettled(trainings.map(({ done }) => done));
    this.label();
  }

  /** One has ended: the others do too. */
  private ended(trainings: readonly Training[]): void {
    if (this.running !== trainings) return;
    void this.stop();
    say("");
  }

  private label(): void {
    const idle = this.running.length === 0;
    this.button.textContent = idle ? "Start" : this.paused ? "Go on" : "Pause";
    document.body.dataset.state = idle ? "idle" : this.paused ? "paused" : "training";
  }
}

/** What the page's box for hidden tabs says. */
export const whenHidden = (): "goOn" | "pause" => (byId("hidden-pause", HTMLInputElement).checked ? "pause" : "goOn");
