import { DeviceLostError, DisposedError } from "../errors.js";
import type { PageCanvas } from "../gpu/canvas.js";
import type { Learner } from "../models/model.js";
import { Painter, type Painting } from "../models/painter.js";
import type { View } from "../models/views.js";
import type { Task } from "./task.js";
import type { TaskTrainer } from "./task-trainer.js";

interface Shown {
  readonly canvas: PageCanvas;
  readonly view: View;
  readonly fps: number;
  readonly drawn: () => void;
  readonly fail: (error: unknown) => void;
  /** What `set` asked for, until it is drawn; and what it asked for last, for the next GPU. */
  asked: Parameters<Painting["set"]> | undefined;
  last: Parameters<Painting["set"]> | undefined;
  painting: Painting | undefined;
  /** What the last draw showed: at which step, when, whether another would show more. */
  step: number;
  at: number;
  more: boolean;
  /** Milliseconds of the GPU that a draw takes, once that is known. */
  cost: number | undefined;
}

/** Of the GPU's time, for all views together. */
const share = 0.04;

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const nextFrame: (then: () => void) => void =
  typeof requestAnimationFrame === "function" ? requestAnimationFrame : (then) => setTimeout(then, 16);

/** Draws views of a model while it trains: what is asked for with the next frame, what training changes now and then. */
export class Gallery {
  private readonly shown = new Map<number, Shown>();
  private trainer: TaskTrainer<Learner> | undefined;
  private painter: Painter | undefined;
  private looking = false;

  /** @param between runs work while no training step is under way: there a draw can be timed
   * @param onFault told of what goes wrong with a view that has been drawn before; it is drawn no more */
  constructor(
    private readonly task: Pick<Task, "source" | "labels">,
    private readonly between: (work: () => Promise<void>) => Promise<void>,
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Goes over to a trainer: the first, or the next one after a loss of the GPU. */
  attach(trainer: TaskTrainer<Learner>): void {
    this.trainer = trainer;
    this.painter = undefined;
    for (const shown of this.shown.values()) shown.painting = undefined;
  }

  /** Resolves once the first picture is drawn. */
  show(id: number, canvas: PageCanvas, view: View, fps: number): Promise<void> {
    return new Promise((drawn, fail) => {
      const before = {
        asked: undefined,
        last: undefined,
        painting: undefined,
        step: -1,
        at: 0,
        more: false,
        cost: undefined,
      };
      this.shown.set(id, { canvas, view, fps, drawn, fail, ...before });
      this.look();
    });
  }

  set(id: number, ...asked: Parameters<Painting["set"]>): void {
    const shown = this.shown.get(id);
    if (shown) shown.asked = asked;
  }

  hide(id: number): void {
    this.shown.get(id)?.painting?.dispose();
    this.shown.delete(id);
  }

  private look(): void {
    if (this.looking) return;
    this.looking = true;
    const frame = async (): Promise<void> => {
      for (const [id, shown] of this.shown) {
        // Whoever drags a slider waits for no other view.
        for (const [first, asked] of this.shown) if (asked.asked && asked.painting) await this.draw(first, asked);
        if (this.isDue(shown)) await this.draw(id, shown);
      }
      this.looking = this.shown.size > 0;
      if (this.looking) nextFrame(() => void frame());
    };
    nextFrame(() => void frame());
  }

  private isDue(shown: Shown): boolean {
    const { trainer } = this;
    if (!trainer) return false;
    if (!shown.painting || shown.asked) return true;
    if (shown.fps === 0 || (shown.step === trainer.step && !shown.more)) return false;
    const live = [...this.shown.values()].filter(({ fps }) => fps > 0).length;
    return performance.now() - shown.at >= Math.max(1000 / shown.fps, (live * (shown.cost ?? 0)) / share);
  }

  private async draw(id: number, shown: Shown): Promise<void> {
    const { source, labels } = this.task;
    const trainer = this.trainer as TaskTrainer<Learner>;
    const { device, model, program, step } = trainer;
    const first = !shown.painting;
    try {
      const data = source.columns.find(({ name }) => name === "data")?.values as Uint8Array | Float32Array | undefined;
      this.painter ??= new Painter(device, model, program, data && { count: source.count, values: data, labels });
      const painting = shown.painting ?? this.painter.on(shown.canvas, shown.view);
      if (shown.asked) shown.last = shown.asked;
      if (shown.last && (first || shown.asked)) painting.set(...shown.last);
      shown.asked = undefined;
      const draw = async (): Promise<void> => {
        shown.more = painting.draw();
        await device.idle();
      };
      // The first draw makes the pipelines, the second tells what a draw takes.
      if (first || shown.cost !== undefined || shown.fps === 0) await draw();
      else
        await this.between(async () => {
          const waiting = await timed(() => device.idle());
          shown.cost = Math.max(0.1, (await timed(draw)) - waiting);
        });
      if (!this.shown.has(id)) painting.dispose();
      if (this.trainer !== trainer || !this.shown.has(id)) return;
      shown.painting = painting;
      shown.step = step;
      shown.at = performance.now();
      shown.drawn();
    } catch (error) {
      // Another trainer follows, or the run is over.
      if (error instanceof DeviceLostError || error instanceof DisposedError) {
        if (this.trainer === trainer) this.trainer = undefined;
        return;
      }
      this.shown.delete(id);
      shown.fail(error);
      if (shown.step >= 0) this.onFault(error);
    }
  }
}
