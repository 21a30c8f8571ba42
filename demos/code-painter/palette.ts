// The codes to paint with, as a group of radio buttons, and how often each is used.
import { codeColour } from "latentgpu";

/** A code's colour as bytes. */
export const bytesOf = (code: number): number[] => codeColour(code).map((channel) => Math.round(255 * channel));

export class Palette {
  private buttons: HTMLButtonElement[] = [];
  private bars: HTMLElement[] = [];
  chosen = 0;

  constructor(private readonly place: HTMLElement) {
    place.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.choose((this.chosen + step + this.buttons.length) % this.buttons.length);
      this.buttons[this.chosen]?.focus();
    });
  }

  /** Shows codes from 0 to `count`. */
  build(count: number): void {
    this.buttons = [];
    this.bars = [];
    for (let code = 0; code < count; code++) {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("role", "radio");
      button.setAttribute("aria-label", `Code ${code}`);
      const swatch = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
      fill(swatch, [code]);
      const bar = Object.assign(document.createElement("span"), { className: "bar" });
      button.append(swatch, bar);
      button.addEventListener("click", () => this.choose(code));
      this.buttons.push(button);
      this.bars.push(bar);
    }
    this.place.replaceChildren(...this.buttons);
    this.use(new Float64Array(count));
    this.choose(Math.min(this.chosen, count - 1));
  }

  private choose(code: number): void {
    this.chosen = code;
    for (const [i, button] of this.buttons.entries()) {
      button.setAttribute("aria-checked", String(i === code));
      button.tabIndex = i === code ? 0 : -1;
    }
  }

  /** Shows how often each code is used, the most used as a full bar. */
  use(counts: Float64Array): void {
    const most = Math.max(1, ...counts);
    for (const [i, bar] of this.bars.entries())
      bar.style.width = `${Math.round((100 * (counts[i] as number)) / most)}%`;
  }
}

/** Draws codes to a canvas, a pixel each. */
export function fill(canvas: HTMLCanvasElement, codes: ArrayLike<number>): void {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < codes.length; i++) image.data.set([...bytesOf(codes[i] as number), 255], 4 * i);
  context.putImageData(image, 0, 0);
}
