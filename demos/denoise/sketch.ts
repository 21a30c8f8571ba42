// The digit that is drawn and spoiled: 28 x 28 greys.
import { drawGlyphs, floatRows, RandomStream, streams } from "latentgpu";

export const side = 28;
/** Sides of the patches that are rubbed out: those that the masked model learns to fill in. */
export const patch = 7;
/** How much ink a pen leaves around the pixel that it is on. */
const nib = [
  [0, 0, 1],
  [1, 0, 0.75],
  [-1, 0, 0.75],
  [0, 1, 0.75],
  [0, -1, 0.75],
  [1, 1, 0.35],
  [-1, 1, 0.35],
  [1, -1, 0.35],
  [-1, -1, 0.35],
] as const;

export class Sketch {
  readonly values = new Float32Array(side * side);
  private random = 0;

  /** @param canvas shows it
   * @param onChange called with the new values */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onChange: (values: Float32Array) => void,
  ) {
    this.digit();
  }

  draw(x: number, y: number): void {
    for (const [dx, dy, ink] of nib) {
      const [u, v] = [x + dx, y + dy];
      if (u < 0 || v < 0 || u >= side || v >= side) continue;
      this.values[v * side + u] = Math.max(ink, this.values[v * side + u] as number);
    }
    this.changed();
  }

  /** Rubs out the patch that a pixel is in. */
  rub(x: number, y: number): void {
    const [left, top] = [x - (x % patch), y - (y % patch)];
    for (let v = top; v < top + patch; v++) this.values.fill(0, v * side + left, v * side + left + patch);
    this.changed();
  }

  addNoise(sigma: number): void {
    const random = new RandomStream(this.random++, streams.sample);
    for (let i = 0; i < this.values.length; i++) this.values[i] += sigma * random.normal();
    this.changed();
  }

  /** A digit that no model is trained on. */
  digit(): void {
    this.values.set(floatRows(drawGlyphs(1, 77, this.random++), 0, 1));
    this.changed();
  }

  clear(): void {
    this.values.fill(0);
    this.changed();
  }

  private changed(): void {
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    const image = context.createImageData(side, side);
    this.values.forEach((value, i) => {
      image.data.fill(255 * value, 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = 255;
    });
    context.putImageData(image, 0, 0);
    this.onChange(this.values.slice());
  }
}
