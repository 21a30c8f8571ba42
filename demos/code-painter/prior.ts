// A PixelCNN that is trained in the page on the codes of the pictures, and draws maps of its own.
import {
  type CodeMaps,
  drawGlyphs,
  floatRows,
  type PixelCnn,
  type PriorRunConfig,
  type Training,
  train,
} from "latentgpu";
import type { Live } from "../common/live.js";
import { byId, showError } from "../common/page.js";

/** Images that are encoded between two looks at the page. */
const chunk = 64;
/** Images that the prior learns from at most. */
const mostImages = 2000;
const steps = 600;

export class CodePrior {
  private training: Training | undefined;
  private seed = 0;
  private readonly button = byId("train-prior", HTMLButtonElement);
  private readonly drawing = byId("draw", HTMLButtonElement);

  constructor(
    private readonly live: Live,
    private readonly side: number,
    private readonly take: (codes: Uint32Array) => void,
  ) {}

  private say(text: string): void {
    byId("prior-status", HTMLElement).textContent = text;
  }

  /** Other codes make it worthless. */
  forget(): void {
    this.training?.stop();
    this.training = undefined;
    this.drawing.disabled = true;
  }

  /** Pauses the VQ-VAE, whose codes must stay what they are, and trains on them. */
  async train(numEmbeddings: number, images: number): Promise<void> {
    const [vq] = this.live.trainings;
    if (!vq) throw new Error("There are no codes yet; press Start first.");
    this.forget();
    this.button.disabled = true;
    try {
      this.live.pause();
      const data = await this.codesOf(vq, numEmbeddings, Math.min(images, mostImages));
      const training: Training = train<PixelCnn>(config(data), {
        data,
        onStepEnd: ({ step, loss }) => this.tell(training, step, loss),
      });
      this.training = training;
      training.done.catch((error) => this.training === training && showError(error));
      this.drawing.disabled = false;
    } finally {
      this.button.disabled = false;
    }
  }

  private tell(training: Training, step: number, loss: number): void {
    if (this.training !== training) return;
    // The nats of a map, over its codes, in bits.
    this.say(`Step ${step}: ${(loss / Math.LN2).toFixed(2)} bits a code`);
    // It stays at hand for what is drawn.
    if (step >= steps) training.pause();
  }

  private async codesOf(vq: Training, numEmbeddings: number, count: number): Promise<CodeMaps> {
    const side = this.side;
    const codes = new Uint32Array(count * side * side);
    for (let at = 0; at < count; at += chunk) {
      const rows = Math.min(chunk, count - at);
      const [indices] = await vq.ask("indices", floatRows(drawGlyphs(rows, 0, at), 0, rows));
      codes.set(indices as Uint32Array, at * side * side);
      this.say(`Encoding: ${at + rows} of ${count}`);
    }
    return { name: "codes of glyphs", count, shape: [side, side], numEmbeddings, codes };
  }

  /** Draws a map with the prior as it is now. */
  async draw(): Promise<void> {
    if (!this.training) throw new Error("There is no prior yet; train it first.");
    const { training } = this;
    this.drawing.disabled = true;
    try {
      this.take(await training.ask("draw", 1, { seed: this.seed++ }));
    } finally {
      this.drawing.disabled = this.training !== training;
    }
  }
}

const config = ({ shape, numEmbeddings }: CodeMaps): PriorRunConfig => ({
  model: { kind: "pixelcnn", shape, numEmbeddings, channels: 32, layers: 4, firstKernel: 5 },
  data: "codes",
  batch: 32,
  epochs: 100_000,
  seed: 0,
  optimizer: { kind: "adam", lr: 2e-3 },
  reduction: "elementMean",
  saveEvery: 1_000_000_000,
});
