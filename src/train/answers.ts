import { InputError } from "../errors.js";
import type { Learner } from "../models/model.js";
import { assertModel } from "../models/model.js";
import { PixelCnn } from "../models/pixelcnn.js";
import { Prior } from "../models/prior.js";
import { Runner } from "../models/runner.js";
import type { TrainSession } from "./session.js";
import type { TaskTrainer } from "./task-trainer.js";

/** What a run under way can be asked: methods of `Runner`, and of a prior to `draw` maps of codes, as `Prior.sample`. */
export interface Answering
  extends Pick<
    Runner,
    "encode" | "statistics" | "decode" | "reconstruct" | "sample" | "interpolate" | "indices" | "picture"
  > {
  draw: Prior["sample"];
}
export type Verb = keyof Answering;

/** Answers what is asked of a run under way, with one runner for each trainer. */
export class Answers<M extends Learner> {
  private made: { readonly trainer: TaskTrainer<M>; readonly answering: Partial<Answering> } | undefined;

  constructor(private readonly session: TrainSession<M>) {}

  ask<V extends Verb>(verb: V, values: Parameters<Answering[V]>): ReturnType<Answering[V]> {
    const answer = this.session.visit(async (trainer) => {
      if (this.made?.trainer !== trainer) this.made = { trainer, answering: answeringOf(trainer) };
      const { answering } = this.made;
      const method = answering[verb] as ((...of: unknown[]) => Promise<unknown>) | undefined;
      if (!method) throw new InputError(`A model of kind "${trainer.config.model.kind}" cannot ${verb}.`);
      return method.apply(answering, values);
    });
    return answer as ReturnType<Answering[V]>;
  }
}

function answeringOf({ device, model, program }: TaskTrainer<Learner>): Partial<Answering> {
  if (!(model instanceof PixelCnn)) return new Runner(device, assertModel(model), program) as Partial<Answering>;
  const prior = new Prior(device, model, program);
  return { draw: (...of) => prior.sample(...of) };
}
