import type { Dataset } from "../data/dataset.js";
import { openDataset } from "../data/node.js";
import type { Classifier } from "../models/classifier.js";
import type { ClassifierConfig } from "../models/classifier-config.js";
import type { ClassifierRunConfig } from "../train/config.js";
import { plannedMemory } from "../train/planning.js";
import { taskOf } from "../train/tasks.js";
import { Trainer } from "../train/trainer.js";
import { warn } from "./common.js";
import type { Work } from "./session.js";
import type { Settings } from "./settings.js";

/** The training of a classifier on labelled images. A preset's shape and number of classes give way to those that are found. */
export async function workOnLabels({ follows }: Settings, given: ClassifierRunConfig): Promise<Work> {
  const { data, limit, resize } = given;
  const dataset = await openDataset(data, { limit, resize });
  const config: ClassifierRunConfig = { ...given, model: fitted(given.model, dataset, follows) };
  return {
    config,
    count: dataset.count,
    planned: (device) => plannedMemory(config, taskOf<Classifier>(config, dataset), device),
    begin: (device, _folder, options) => ({ trainer: new Trainer<Classifier>(device, config, dataset, options) }),
  };
}

function fitted(model: ClassifierConfig, dataset: Dataset, follows: Settings["follows"]): ClassifierConfig {
  const { shape, classNames, name } = dataset;
  const found: ClassifierConfig = {
    ...model,
    ...(follows("model.inputShape") && { inputShape: shape }),
    ...(classNames && follows("model.numClasses") && { numClasses: Math.max(2, classNames.length) }),
  };
  const text = (c: ClassifierConfig): string => `images of [${c.inputShape}] (C, H, W) in ${c.numClasses} classes`;
  if (text(found) !== text(model)) warn(`${name} holds ${text(found)}; the classifier takes these.`);
  return found;
}
