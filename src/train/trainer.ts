import type { Device } from "../gpu/device.js";
import type { Learner, Model } from "../models/model.js";
import type { RunConfig } from "./config.js";
import { TaskTrainer, type TrainerOptions } from "./task-trainer.js";
import { type DataOf, taskOf } from "./tasks.js";

export type { TrainerOptions } from "./task-trainer.js";

/** Batches, steps, losses: a config on a device over a data set. A prior is trained on maps of codes: Trainer<PixelCnn>. */
export class Trainer<M extends Learner = Model> extends TaskTrainer<M> {
  /** @throws InputError where the data do not fit the model, DoesNotFitError where the adapter cannot hold it */
  constructor(device: Device, config: RunConfig<M["config"]>, data: DataOf<M>, options: TrainerOptions = {}) {
    super(device, config, taskOf<M>(config, data, options.given), options);
  }
}
