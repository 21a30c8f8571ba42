import type { PageCanvas } from "../gpu/canvas.js";
import type { Learner, Model } from "../models/model.js";
import type { View } from "../models/views.js";
import type { Answering, Verb } from "./answers.js";
import type { RunFiles } from "./run-files.js";
import type { TrainEvents } from "./session.js";
import type { DataOf } from "./tasks.js";

export interface TrainOptions<M extends Learner = Model> extends TrainEvents {
  /** What to train on in place of the config's `data`; a page opens no paths, and hands over what the visitor chose. */
  readonly data?: DataOf<M>;
  /** The state.safetensors of a run to go on with. */
  readonly state?: Uint8Array;
  /** Which GPU, see `openDevice`. */
  readonly adapter?: string;
  /** After a loss of the GPU go on from the last snapshot, on a new one. Default true in a page, false in Node. */
  readonly recover?: boolean;
  /** Steps between two snapshots in memory, of weights and moments. Default 200. */
  readonly snapshotEvery?: number;
  /** In a page: whether training goes on in a tab that is out of sight. Default "goOn". */
  readonly whenHidden?: "goOn" | "pause";
  /** In a page: makes the worker that trains, by a script that calls `serveTraining`. Default: the package's worker.js, which knows
   * every family, from beside the module. */
  readonly worker?: () => Worker;
}

/** A training run under way. */
export interface Training {
  /** The run's files at its end: after the last step, or after `stop`. */
  readonly done: Promise<RunFiles>;
  /** Ends it after the submit under way. */
  stop(): void;
  pause(): void;
  resume(): void;
  /** The run's files as they are now. */
  save(): Promise<RunFiles>;
  /** What the model as it is now makes of some rows: a method of `Runner`, between two submits of the training. Of a prior `draw`,
   * as `Prior.sample`. */
  ask<V extends Verb>(verb: V, ...values: Parameters<Answering[V]>): ReturnType<Answering[V]>;
  /** In a page: draws a view of the model to a canvas, again and again as it trains, without reading anything back. The canvas goes
   * over to the worker and stays there: take a fresh one for each run.
   * @returns once the first picture is drawn
   * @throws InputError where the model has no such view, or the numbers do not fit */
  show(canvas: PageCanvas, view: View, options?: ShowOptions): Promise<Showing>;
}

export interface ShowOptions {
  /** Most pictures a second while training changes the weights; 0 draws only what `set` asks for. All views together take no more than
   * a twenty-fifth of the GPU's time. Default 4. */
  readonly fps?: number;
}

/** A view that is being shown. */
export interface Showing {
  /** Other numbers for the same view, and of a conditional model other classes, drawn with the next frame. */
  set(values: Float32Array | Uint32Array, labels?: ArrayLike<number>): void;
  /** Draws it no more, and empties the canvas. */
  hide(): void;
}
