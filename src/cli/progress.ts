import { SingleBar } from "cli-progress";
import { codeUseText } from "../models/code-use.js";
import type { EpochLosses, StepLosses } from "../train/losses.js";

export interface Span {
  /** Steps done before this process. */
  readonly from: number;
  readonly total: number;
  readonly stepsPerEpoch: number;
  /** Images in an epoch. */
  readonly images: number;
}

/** Plain lines come this far apart, in ms; the end of an epoch always has one. */
const lineEvery = 5000;

/** A bar on a terminal, plain lines elsewhere: epoch, step, images/s, each loss term, time left. */
export class Progress {
  private readonly bar: SingleBar | undefined;
  private lastLine = performance.now();
  private lastAt = 0;
  private images = 0;
  private ms = 0;
  /** Images a second, smoothed; 0 until it is known. */
  rate = 0;

  constructor(
    private readonly span: Span,
    private readonly out: NodeJS.WriteStream = process.stderr,
  ) {
    if (!out.isTTY) return;
    this.bar = new SingleBar({
      format: "{bar} {percentage}%  {text}",
      stream: out,
      barsize: 24,
      hideCursor: true,
      // Its own handlers would end the process with work in flight.
      gracefulExit: false,
    });
    this.bar.start(span.total, span.from, { text: "" });
  }

  /** Called with the steps of each submit. */
  steps(steps: readonly StepLosses[]): void {
    const last = steps.at(-1);
    if (!last) return;
    const now = performance.now();
    // The first submit has no beginning to count from; older ones fade within some seconds.
    if (this.lastAt > 0) {
      const fade = Math.exp((this.lastAt - now) / 3000);
      this.images = fade * this.images + steps.reduce((sum, s) => sum + s.rows, 0);
      this.ms = fade * this.ms + now - this.lastAt;
      if (this.ms > 300) this.rate = (1000 * this.images) / this.ms;
    }
    this.lastAt = now;
    const { stepsPerEpoch, total } = this.span;
    const epoch = Math.floor((last.step - 1) / stepsPerEpoch) + 1;
    const parts = [`epoch ${epoch}/${Math.ceil(total / stepsPerEpoch)}`, `step ${last.step}/${total}`];
    if (this.rate > 0) parts.push(`${Math.round(this.rate)} images/s`);
    parts.push(termsText(last.loss, last.terms));
    if (this.rate > 0 && last.step < total) parts.push(`${this.left(last.step)} left`);
    const text = parts.join("  ");
    if (this.bar) this.bar.update(last.step, { text });
    else if (now - this.lastLine >= lineEvery) {
      this.out.write(`${text}\n`);
      this.lastLine = now;
    }
  }

  /** Called at the end of an epoch, with its means. */
  epoch({ epoch, step, loss, terms, codebooks = [] }: EpochLosses): void {
    const { stepsPerEpoch, total } = this.span;
    const rest = this.rate > 0 && step < total ? `  ${this.left(step)} left` : "";
    const rate = this.rate > 0 ? `  ${Math.round(this.rate)} images/s` : "";
    this.note(
      `epoch ${epoch}/${Math.ceil(total / stepsPerEpoch)}  step ${step}  mean ${termsText(loss, terms)}${rate}${rest}`,
    );
    for (const use of codebooks) this.note(`  ${codeUseText(use)}`);
    this.lastLine = performance.now();
  }

  /** Time spent on other things is no training time. */
  pause(): void {
    this.lastAt = 0;
  }

  /** A line of its own. */
  note(text: string): void {
    this.out.write(this.bar ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  stop(): void {
    this.bar?.stop();
  }

  private left(step: number): string {
    const images = ((this.span.total - step) * this.span.images) / this.span.stepsPerEpoch;
    return duration(images / this.rate);
  }
}

/** Each loss term by its name. */
export function termsText(loss: number, terms: Readonly<Record<string, number>>): string {
  return [["loss", loss] as const, ...Object.entries(terms)]
    .map(([name, v]) => `${name} ${v.toPrecision(5)}`)
    .join(" ");
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  const minutes = Math.floor(s / 60);
  return minutes < 60 ? `${minutes} min ${s % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
