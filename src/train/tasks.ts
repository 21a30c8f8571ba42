import type { CodeMaps } from "../data/codes.js";
import type { Dataset } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { Classifier } from "../models/classifier.js";
import { DenseAutoencoder } from "../models/dense-autoencoder.js";
import { createModel } from "../models/index.js";
import { labelsBelow } from "../models/labels.js";
import type { Learner, Model } from "../models/model.js";
import { PixelCnn } from "../models/pixelcnn.js";
import { refuseFrom } from "../models/prior-conditions.js";
import type { Column } from "./batches.js";
import { CodeWatch } from "./code-watch.js";
import {
  type AnyRunConfig,
  type ClassifierRunConfig,
  isClassifier,
  isPrior,
  type PriorRunConfig,
  type RunConfig,
} from "./config.js";
import { kmeansSets, startAsKmeans } from "./kmeans.js";
import { pretrainLayers } from "./pretrain.js";
import { imageSource, imageTask, seenBy, type Task } from "./task.js";

/** What each kind of model is trained on: images, and a prior on maps of codes. */
export type DataOf<M extends Learner> = M extends PixelCnn ? CodeMaps : Dataset;

/** The task of a config, whatever its model.
 * @param given rows of noise in place of the drawn, see TrainerOptions
 * @throws InputError where the data do not fit the model */
export function taskOf<M extends Learner = Model>(
  config: RunConfig<M["config"]>,
  data: DataOf<M>,
  given?: "eps" | "noise",
): Task<M> {
  const any = config as AnyRunConfig;
  const task = (): Task => {
    if (isClassifier(any)) return classifierTask(any, data as Dataset);
    return isPrior(any) ? priorTask(any, data as CodeMaps) : pictureTask(any, data as Dataset, given);
  };
  return task() as Task<M>;
}

function classifierTask({ model: config }: ClassifierRunConfig, dataset: Dataset): Task<Classifier> {
  const labels = labelsBelow(config.numClasses, dataset, "the model is a classifier");
  const model = new Classifier(config);
  return {
    model,
    source: imageSource(dataset, config.inputShape, labels),
    terms: (graph, { data, labels: classes }) =>
      model.forward(graph, { input: data as Tensor, labels: classes as Tensor }).terms,
  };
}

function pictureTask(config: RunConfig, dataset: Dataset, given: "eps" | "noise" | undefined): Task<Model> {
  const model = createModel(config.model);
  const task = imageTask(config, dataset, model, given);
  const { coded, parameters } = model;
  const { pretrain } = config;
  if (pretrain && model instanceof DenseAutoencoder)
    return { ...task, begin: (beginning) => pretrainLayers({ ...config, pretrain }, model, beginning) };
  if (!coded) return task;
  return {
    ...task,
    watch: (program) => new CodeWatch(program, coded),
    begin: ({ device, program, batches, step }) => {
      if (kmeansSets(coded).length === 0) return Promise.resolve();
      const input = (graph: Graph): Tensor => seenBy(config, graph, batches.append(graph).data as Tensor);
      return startAsKmeans(device, { parameters, coded }, program, input, step);
    },
  };
}

function priorTask({ model: config }: PriorRunConfig, maps: CodeMaps): Task<PixelCnn> {
  const refuse = (what: string): never => {
    throw new InputError(`${maps.name} ${what}; set model.shape and its neighbours to the codes', or take others.`);
  };
  if (maps.shape.join() !== config.shape.join())
    refuse(`holds maps of [${maps.shape}] and the prior takes [${config.shape}] (H, W)`);
  refuseFrom(maps.codes, config.numEmbeddings, "code", "codes");
  const columns: Column[] = [{ name: "codes", batch: "batch.codes", shape: config.shape, values: maps.codes }];
  if (config.numClasses) {
    const labels = maps.labels ?? refuse("has no labels and the prior is class-conditional (model.numClasses)");
    refuseFrom(labels, config.numClasses, "label", "classes");
    columns.push({ name: "labels", batch: "batch.labels", shape: [], values: labels });
  }
  if (config.top) {
    const top = maps.top ?? refuse("has no top maps and the prior depends on them (model.top)");
    if (top.shape.join() !== config.top.shape.join())
      refuse(`has top maps of [${top.shape}] and the prior takes [${config.top.shape}]`);
    refuseFrom(top.codes, config.top.numEmbeddings, "top code", "codes");
    columns.push({ name: "top", batch: "batch.top", shape: config.top.shape, values: top.codes });
  }
  const model = new PixelCnn(config);
  return {
    model,
    source: { count: maps.count, columns },
    terms: (graph, { codes, labels, top }) =>
      model.forward(graph, { codes: codes as Tensor, ...(labels && { labels }), ...(top && { top }) }).terms,
  };
}
