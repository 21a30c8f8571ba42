import { DoesNotFitError } from "../errors.js";
import { MAX_STEPS } from "../gpu/program.js";
import { differentiate } from "../graph/differentiate.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan, type PlanTarget } from "../graph/plan.js";
import type { Learner, Model, Term } from "../models/model.js";
import { RING_LINES, RING_WIDTH, total } from "../ops/total.js";
import { Batches } from "./batches.js";
import type { RunConfig } from "./config.js";
import { mostRows } from "./config.js";
import type { MemoryReport } from "./memory.js";
import { memoryReport } from "./memory.js";
import { planMonitor } from "./monitor.js";
import type { Optimizer } from "./optimizer.js";
import { createOptimizer } from "./optimizer.js";
import type { Task } from "./task.js";

/** A training step before it is on a GPU. */
export interface TrainingPlan<M extends Learner> {
  readonly task: Task<M>;
  readonly optimizer: Optimizer;
  readonly batches: Batches;
  readonly plan: Plan;
  /** The objective's terms, in the loss ring's order. */
  readonly terms: readonly Term[];
  /** Tensors that a search for NaN begins with. */
  readonly watched: readonly string[];
  /** The posterior's statistics [B, 2 latentDim] of a VAE, kept for the monitor. */
  readonly stats: string | undefined;
  /** The norm of the gradients before they are clipped, where they are. */
  readonly norm: string | undefined;
  /** The arenas that a checkpoint holds. */
  readonly kept: readonly string[];
  readonly memory: MemoryReport;
}

/** Plans the training step of a task for an adapter; allocates nothing.
 * @param given rows of noise in place of the drawn: an input `eps` [B, latentDim] or `noise` [B, D]
 * @throws DoesNotFitError where the adapter cannot hold it, naming the largest batch that it can */
export function planTraining<M extends Learner = Model>(
  config: RunConfig<M["config"]>,
  task: Task<M>,
  target: PlanTarget,
  given?: "eps" | "noise",
): TrainingPlan<M> {
  try {
    return build(config, task, target, given);
  } catch (error) {
    if (!(error instanceof DoesNotFitError)) throw error;
    const most = largestBatch({ ...config, batch: config.batch - 1 }, task, target);
    throw new DoesNotFitError(
      `With a batch of ${config.batch} ${error.why}`,
      most > 0
        ? `the largest batch that fits is ${most}: take --batch ${most} or less`
        : "not even a batch of 1 fits: use a smaller model or smaller images",
    );
  }
}

/** What a config's training takes, and the largest batch that the adapter could hold. Allocates nothing.
 * @throws DoesNotFitError */
export function plannedMemory<M extends Learner = Model>(
  config: RunConfig<M["config"]>,
  task: Task<M>,
  target: PlanTarget,
): { readonly memory: MemoryReport; readonly largestBatch: number } {
  const { memory } = planTraining(config, task, target);
  return { memory, largestBatch: largestBatch({ ...config, batch: mostRows }, task, target) };
}

/** The largest batch up to the config's own that the adapter can hold; 0 where not even one image fits. */
export function largestBatch<M extends Learner = Model>(
  config: RunConfig<M["config"]>,
  task: Task<M>,
  target: PlanTarget,
): number {
  let [fits, beyond] = [0, config.batch + 1];
  while (beyond - fits > 1) {
    const batch = Math.floor((fits + beyond) / 2);
    try {
      build({ ...config, batch }, task, target);
      fits = batch;
    } catch (error) {
      if (!(error instanceof DoesNotFitError)) throw error;
      beyond = batch;
    }
  }
  return fits;
}

function build<M extends Learner>(
  config: RunConfig<M["config"]>,
  task: Task<M>,
  target: PlanTarget,
  given?: "eps" | "noise",
): TrainingPlan<M> {
  const { parameters } = task.model;
  const optimizer = createOptimizer(config.optimizer);
  const batches = new Batches(task.source, config.batch, config.seed, config.shuffle ?? true, target.limits, MAX_STEPS);
  const graph = new Graph(parameters, true);
  const terms = task.terms(graph, batches.append(graph));
  const ring = graph.tensor("ring", [RING_LINES, RING_WIDTH], "f32", "ring");
  const inputs = Object.fromEntries(terms.map((t, i) => [`term${i}`, t.tensor]));
  const { loss } = graph.apply(total, { ...inputs, ring });
  differentiate(graph, loss);
  const { norm } = optimizer.append(graph, config.clipNorm === undefined ? {} : { clipNorm: config.clipNorm });
  const stats = terms.find((term) => term.stats)?.stats;
  if (stats) graph.keep(stats);
  fuse(graph);
  const plan = new Plan(graph, target);
  const watched = [...batches.watched, ...(given ? [given] : [])];
  const monitor = planMonitor(target, plan, parameters, optimizer.arenas, watched, stats?.name);
  const kept = ["weight", ...(parameters.statisticsLength > 0 ? ["statistics"] : []), ...optimizer.arenas];
  return {
    task,
    optimizer,
    batches,
    plan,
    terms,
    watched,
    stats: stats?.name,
    norm: norm?.name,
    kept,
    memory: memoryReport(plan, monitor.plan, kept),
  };
}
