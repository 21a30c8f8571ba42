import { MAX_STEPS, Program } from "../gpu/program.js";
import { differentiate } from "../graph/differentiate.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import type { DenseAutoencoder } from "../models/dense-autoencoder.js";
import { RING_LINES, RING_WIDTH, total } from "../ops/total.js";
import { type RunConfig, termWeights } from "./config.js";
import { corrupt } from "./corruption.js";
import { createOptimizer } from "./optimizer.js";
import type { Beginning } from "./task.js";

/** Steps that one submit holds: between two of them the thread is free. */
const SUBMIT = 16;

/** Trains the layers of a dense autoencoder one after the other, from the image on, before the first step: each pair of an encoder's and
 * a decoder's layer is an autoencoder of what the layers before it give, corrupted where the config says so (Bengio et al. 2007, "Greedy
 * layer-wise training of deep networks"; Vincent et al. 2010, "Stacked denoising autoencoders"). These steps count for themselves: the
 * run's own then tune all layers together. A function of the config, the data and the initial weights. */
export async function pretrainLayers(
  config: RunConfig & { readonly pretrain: NonNullable<RunConfig["pretrain"]> },
  model: DenseAutoencoder,
  { device, program: of, batches, step }: Beginning,
): Promise<void> {
  const { steps, corruption } = config.pretrain;
  const { parameters, depth } = model;
  const optimizer = createOptimizer(config.optimizer);
  const fresh = (): void => {
    const zeros = new Float32Array(parameters.arenaLength);
    of.writeBuffer("gradient arena", zeros);
    for (const name of optimizer.arenas)
      of.writeBuffer(`${name} arena`, new Float32Array(parameters.arenaLength).fill(optimizer.initial[name]));
  };
  for (let layer = 0; layer < depth; layer++) {
    const graph = new Graph(parameters, true);
    const noisy = (x: Tensor): Tensor =>
      corrupt(graph, x, corruption, layer === 0 ? config.model.inputShape : [x.shape[1] as number, 1, 1], undefined);
    const term = model.layerLoss(graph, batches.append(graph).data as Tensor, layer, noisy);
    const ring = graph.tensor("ring", [RING_LINES, RING_WIDTH], "f32", "ring");
    const { loss } = graph.apply(total, { term0: term.tensor, ring });
    differentiate(graph, loss as Tensor);
    optimizer.append(graph, config.clipNorm === undefined ? {} : { clipNorm: config.clipNorm });
    fuse(graph);
    const program = new Program(device, new Plan(graph, device), [of]);
    try {
      // What a layer left in the gradients would move it on.
      fresh();
      for (let from = 0; from < steps; ) {
        const count = Math.min(steps - from, SUBMIT, batches.window, MAX_STEPS);
        const places = batches.prepare(program, from, count);
        program.run(
          places.map((place, i) => {
            const [weight0] = termWeights([term], config.reduction, place.rows as number, 1);
            const t = from + i;
            return {
              ...step,
              ...place,
              ...optimizer.stepValues(t + 1, optimizer.lr),
              step: layer * steps + t,
              slot: 0,
              weight0: weight0 as number,
            };
          }),
        );
        from += count;
        await device.idle();
      }
    } finally {
      program.dispose();
    }
  }
  fresh();
}
