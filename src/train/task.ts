import type { CodeMaps } from "../data/codes.js";
import { type Dataset, rowLength } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { createModel } from "../models/index.js";
import type { Coded, Learner, Model, Term } from "../models/model.js";
import { PixelCnn } from "../models/pixelcnn.js";
import { refuseFrom } from "../models/prior-conditions.js";
import type { Column, Source } from "./batches.js";
import { isPrior, type PriorRunConfig, type RunConfig } from "./config.js";
import { corrupt, counted } from "./corruption.js";
import { objective } from "./objective.js";

/** What a trainer trains on what: a model, its data, and the loss terms of a batch. */
export interface Task<M extends Learner = Learner> {
  readonly model: M;
  readonly source: Source;
  /** Of a model of discrete codes. */
  readonly coded?: Coded;
  /** What the encoder sees of a batch. */
  seen?(graph: Graph, batch: Readonly<Record<string, Tensor>>): Tensor;
  /** Adds the terms [B] of a batch, its tensors by the names of the source's columns. */
  terms(graph: Graph, batch: Readonly<Record<string, Tensor>>): readonly Term[];
}

/** What each kind of model is trained on: images, and a prior on maps of codes. */
export type DataOf<M extends Learner> = M extends PixelCnn ? CodeMaps : Dataset;

/** @param given rows of noise in place of the drawn, see TrainerOptions
 * @throws InputError where the data do not fit the model */
export function taskOf(
  config: RunConfig | PriorRunConfig,
  data: Dataset | CodeMaps,
  given: "eps" | "noise" | undefined,
): Task {
  return isPrior(config) ? priorTask(config, data as CodeMaps) : imageTask(config, data as Dataset, given);
}

function imageTask(config: RunConfig, dataset: Dataset, given: "eps" | "noise" | undefined): Task<Model> {
  const { inputShape } = config.model;
  if (dataset.shape.join() !== inputShape.join())
    throw new InputError(
      `${dataset.name} holds images of [${dataset.shape}] and the model takes [${inputShape}] (C, H, W); set model.inputShape or take other data.`,
    );
  const model = createModel(config.model);
  const { count, values } = dataset;
  return {
    model,
    source: { count, columns: [{ name: "data", batch: "batch", shape: [rowLength(dataset)], values }] },
    ...(model.coded && { coded: model.coded }),
    seen: (graph, { data }) => corrupt(graph, data as Tensor, config.corruption, inputShape, undefined),
    terms: (graph, { data }) => {
      const replaced = (name: "eps" | "noise", width: number): Tensor | undefined =>
        given === name ? graph.input(name, [config.batch, width]) : undefined;
      const x = data as Tensor;
      const seen = corrupt(graph, x, config.corruption, inputShape, replaced("noise", model.width));
      const eps = replaced("eps", model.latentDim);
      const where = counted(graph, x, config.corruption, inputShape);
      const draws = config.importanceSamples;
      const made = model.forward(graph, {
        input: seen,
        target: x,
        ...(eps && { eps }),
        ...(draws && { draws }),
        ...where,
      });
      return objective(graph, made, config, count);
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
