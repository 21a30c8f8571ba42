// A model that trains in this page: started, paused, gone on with and started anew, whatever is pressed in whatever order.
import { type RunConfig, type RunFiles, type Training, type TrainOptions, train } from "latentgpu";
import { attempt, byId, say, showError } from "./page.js";

export class Live {
  private running: Training | undefined;
  private paused = false;
  private begun = 0;

  /** @param button starts, pauses and goes on
   * @param configure what is trained, asked for at each start
   * @param show hands the canvases over to a training that begins */
  constructor(
    private readonly button: HTMLButtonElement,
    private readonly configure: () => Promise<readonly [RunConfig, TrainOptions]>,
    private readonly show: (training: Training) => Promise<void>,
  ) {
    button.addEventListener("click", () => attempt(() => this.press()));
  }

  /** The training under way. */
  get training(): Training | undefined {
    return this.running;
  }

  private async press(): Promise<void> {
    if (!this.running) return this.start();
    this.paused = !this.paused;
    if (this.paused) this.running.pause();
    else this.running.resume();
    this.label();
  }

  /** Ends what runs, and begins anew. A start that another overtakes comes to nothing. */
  async start(paused = false): Promise<void> {
    const turn = ++this.begun;
    await this.stop();
    const [config, options] = await this.configure();
    if (turn !== this.begun) return;
    say("Getting ready …");
    const training = train(config, { onLog: say, ...options });
    this.running = training;
    this.paused = paused;
    if (paused) training.pause();
    this.label();
    training.done.then(
      () => this.ended(training),
      (error) => {
        if (this.running === training) showError(error);
        this.ended(training);
      },
    );
    await this.show(training).catch((error) => {
      if (this.running === training) throw error;
    });
  }

  /** The files of the run as it is. @throws Error where none is under way */
  async files(): Promise<RunFiles> {
    if (!this.running) throw new Error("There is nothing trained yet; press Start first.");
    return this.running.save();
  }

  private async stop(): Promise<void> {
    const training = this.running;
    this.running = undefined;
    training?.stop();
    await training?.done.catch(() => undefined);
  }

  private ended(training: Training): void {
    if (this.running !== training) return;
    this.running = undefined;
    this.label();
    say("");
  }

  private label(): void {
    this.button.textContent = !this.running ? "Start" : this.paused ? "Go on" : "Pause";
    document.body.dataset.state = !this.running ? "idle" : this.paused ? "paused" : "training";
  }
}

/** What the page's box for hidden tabs says. */
export const whenHidden = (): "goOn" | "pause" => (byId("hidden-pause", HTMLInputElement).checked ? "pause" : "goOn");
