import type { Learner } from "../models/model.js";
import { assertModel } from "../models/model.js";
import { Runner } from "../models/runner.js";
import type { TrainSession } from "./session.js";
import type { TaskTrainer } from "./task-trainer.js";

/** What a run under way can be asked: methods of `Runner`. */
export type Verb =
  | "encode"
  | "statistics"
  | "decode"
  | "reconstruct"
  | "sample"
  | "interpolate"
  | "indices"
  | "picture";

/** Answers what is asked of a run under way, with one runner for each trainer. */
export class Answers<M extends Learner> {
  private made: { readonly trainer: TaskTrainer<M>; readonly runner: Runner } | undefined;

  constructor(private readonly session: TrainSession<M>) {}

  ask<V extends Verb>(verb: V, values: Parameters<Runner[V]>): ReturnType<Runner[V]> {
    const answer = this.session.visit(async (trainer) => {
      if (this.made?.trainer !== trainer) {
        const { device, model, program } = trainer;
        this.made = { trainer, runner: new Runner(device, assertModel(model), program) };
      }
      const { runner } = this.made;
      return (runner[verb] as (...of: unknown[]) => Promise<unknown>).apply(runner, values);
    });
    return answer as ReturnType<Runner[V]>;
  }
}
