import type { Dataset } from "../data/dataset.js";
import { DoesNotFitError, InputError } from "../errors.js";
import { MAX_STEPS } from "../gpu/program.js";
import { differentiate } from "../graph/differentiate.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan, type PlanTarget } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { createModel } from "../models/index.js";
import type { Model, Term } from "../models/model.js";
import { RING_LINES, RING_WIDTH, total } from "../ops/total.js";
import { Batches } from "./batches.js";
import type { RunConfig } from "./config.js";
import { corrupt, counted } from "./corruption.js";
import type { MemoryReport } from "./memory.js";
import { memoryReport } from "./memory.js";
import { planMonitor } from "./monitor.js";
import type { Optimizer } from "./optimizer.js";
import { createOptimizer } from "./optimizer.js";

/** A training step before it is on a GPU. */
export interface TrainingPlan {
  readonly model: Model;
  readonly optimizer: Optimizer;
  readonly batches: Batches;
  readonly plan: Plan;
  /** Terms of the objective, in the loss ring's order. */
  readonly terms: readonly Term[];
  /** Tensors that a search for NaN begins with. */
  readonly watched: readonly string[];
  /** The arenas that a checkpoint holds. */
  readonly kept: readonly string[];
  readonly memory: MemoryReport;
}

/** Plans a config's training step over a data set for an adapter; allocates nothing.
 * @param given rows of noise in place of the drawn: an input `eps` [B, latentDim] or `noise` [B, D]
 * @throws DoesNotFitError where the adapter cannot hold it, naming the largest batch that it can
 * @throws InputError where data and model do not go together */
export function planTraining(
  config: RunConfig,
  dataset: Dataset,
  target: PlanTarget,
  given?: "eps" | "noise",
): TrainingPlan {
  if (dataset.shape.join() !== config.model.inputShape.join())
    throw new InputError(
      `${dataset.name} holds images of [${dataset.shape}] and the model takes [${config.model.inputShape}] (C, H, W); set model.inputShape or take other data.`,
    );
  try {
    return build(config, dataset, target, given);
  } catch (error) {
    if (!(error instanceof DoesNotFitError)) throw error;
    const most = largestBatch({ ...config, batch: config.batch - 1 }, dataset, target);
    throw new DoesNotFitError(
      `With a batch of ${config.batch} ${error.why}`,
      most > 0
        ? `the largest batch that fits is ${most}: take --batch ${most} or less`
        : "not even a batch of 1 fits: use a smaller model or smaller images",
    );
  }
}

/** The largest batch up to the config's own that the adapter can hold; 0 where not even one image fits. */
export function largestBatch(config: RunConfig, dataset: Dataset, target: PlanTarget): number {
  let [fits, beyond] = [0, config.batch + 1];
  while (beyond - fits > 1) {
    const batch = Math.floor((fits + beyond) / 2);
    try {
      build({ ...config, batch }, dataset, target);
      fits = batch;
    } catch (error) {
      if (!(error instanceof DoesNotFitError)) throw error;
      beyond = batch;
    }
  }
  return fits;
}

function build(config: RunConfig, dataset: Dataset, target: PlanTarget, given?: "eps" | "noise"): TrainingPlan {
  const model = createModel(config.model);
  const { parameters } = model;
  const optimizer = createOptimizer(config.optimizer);
  const batches = new Batches(dataset, config.batch, config.seed, config.shuffle ?? true, target.limits, MAX_STEPS);
  const graph = new Graph(parameters, true);
  const x = batches.append(graph);
  const asked = (name: "eps" | "noise", width: number): Tensor | undefined =>
    given === name ? graph.input(name, [config.batch, width]) : undefined;
  const seen = corrupt(graph, x, config.corruption, config.model.inputShape, asked("noise", model.width));
  const eps = asked("eps", model.latentDim);
  const { terms } = model.forward(graph, {
    input: seen,
    target: x,
    ...(eps && { eps }),
    ...counted(graph, x, config.corruption, config.model.inputShape),
  });
  const ring = graph.tensor("ring", [RING_LINES, RING_WIDTH], "f32", "ring");
  const inputs = Object.fromEntries(terms.map((t, i) => [`term${i}`, t.tensor]));
  const { loss } = graph.apply(total, { ...inputs, ring });
  differentiate(graph, loss);
  optimizer.append(graph, config.clipNorm === undefined ? {} : { clipNorm: config.clipNorm });
  graph.settle();
  fuse(graph);
  const plan = new Plan(graph, target);
  const watched = [...batches.watched, ...(given ? [given] : [])];
  const monitor = planMonitor(target, plan, parameters, optimizer.arenas, watched);
  const kept = ["weight", ...(parameters.statisticsLength > 0 ? ["statistics"] : []), ...optimizer.arenas];
  return {
    model,
    optimizer,
    batches,
    plan,
    terms,
    watched,
    kept,
    memory: memoryReport(plan, monitor.plan, kept),
  };
}
