import { type Dataset, rowLength } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { Program, StepValues } from "../gpu/program.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import type { CodeUse } from "../models/code-use.js";
import { labelsOf } from "../models/labels.js";
import type { Learner, Model, Term } from "../models/model.js";
import type { Batches, Column, Source } from "./batches.js";
import type { RunConfig } from "./config.js";
import { corrupt, counted } from "./corruption.js";
import { objective } from "./objective.js";

/** What a trainer trains on what: a model, its data, and the loss terms of a batch. */
export interface Task<M extends Learner = Learner> {
  readonly model: M;
  readonly source: Source;
  /** Of its rows, where there are such. */
  readonly labels?: Uint32Array;
  /** Adds the terms [B] of a batch, its tensors by the names of the source's columns. */
  terms(graph: Graph, batch: Readonly<Record<string, Tensor>>): readonly Term[];
  /** What is done once, before the first step. */
  begin?(beginning: Beginning): Promise<void>;
  /** Follows over an epoch how a training program uses its model's codes. */
  watch?(program: Program): { restart(): void; read(): Promise<readonly CodeUse[]> };
}

/** A training program whose first batch is ready. */
export interface Beginning {
  readonly device: Device;
  readonly program: Program;
  readonly batches: Batches;
  /** The uniform of the first step. */
  readonly step: StepValues;
}

/** A model of images on images: what a trainer of one family needs, so that a page takes in no other.
 * @param given rows of noise in place of the drawn, see TrainerOptions
 * @throws InputError where the images do not fit the model */
export function imageTask<M extends Model>(
  config: RunConfig,
  dataset: Dataset,
  model: M,
  given?: "eps" | "noise",
): Task<M> {
  const { inputShape } = config.model;
  const source = imageSource(dataset, inputShape, labelsOf(model, dataset));
  const { count } = source;
  return {
    model,
    ...(dataset.labels && { labels: dataset.labels }),
    source,
    terms: (graph, { data, labels: classes }) => {
      const x = data as Tensor;
      const replaced = (name: "eps" | "noise", width: number): Tensor | undefined =>
        given === name ? graph.input(name, [x.shape[0] as number, width]) : undefined;
      const seen = seenBy(config, graph, x, replaced("noise", model.width));
      const eps = replaced("eps", model.latentDim);
      const where = counted(graph, x, config.corruption, inputShape);
      const draws = config.importanceSamples;
      const made = model.forward(graph, {
        input: seen,
        target: x,
        ...(eps && { eps }),
        ...(draws && { draws }),
        ...(classes && { labels: classes }),
        ...where,
      });
      return objective(graph, made, config, count);
    },
  };
}

/** Columns of images, `data` [D], and of their classes, `labels`, where these are given.
 * @throws InputError where the images are not those that a model takes */
export function imageSource(dataset: Dataset, inputShape: readonly number[], labels?: Uint32Array): Source {
  if (dataset.shape.join() !== inputShape.join())
    throw new InputError(
      `${dataset.name} holds images of [${dataset.shape}] and the model takes [${inputShape}] (C, H, W); set model.inputShape or take other data.`,
    );
  const { count, values } = dataset;
  const columns: Column[] = [{ name: "data", batch: "batch", shape: [rowLength(dataset)], values }];
  if (labels) columns.push({ name: "labels", batch: "batch.labels", shape: [], values: labels });
  return { count, columns };
}

/** What the encoder sees of a batch of images x [B, D]. */
export const seenBy = (config: RunConfig, graph: Graph, x: Tensor, noise?: Tensor): Tensor =>
  corrupt(graph, x, config.corruption, config.model.inputShape, noise);
