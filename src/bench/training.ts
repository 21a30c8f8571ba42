import type { Device } from "../gpu/device.js";
import { Program } from "../gpu/program.js";
import { differentiate } from "../graph/differentiate.js";
import { fuse } from "../graph/fuse.js";
import { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import { Plan } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { initialWeights } from "../layers/init.js";
import { gatherFloat } from "../ops/gather.js";
import { RING_LINES, RING_WIDTH, total } from "../ops/total.js";
import { RandomStream, streams } from "../random/philox.js";
import { createOptimizer } from "../train/optimizer.js";
import type { Prepared } from "./measure.js";

const BATCHES = 8;

/** A training step over float batches: `terms` builds the loss terms [B] of a batch x [B, D]. Adam 1e-3, sums over the batch. */
export interface TrainingWorkload {
  readonly parameters: Parameters;
  readonly batch: number;
  readonly width: number;
  readonly terms: (graph: Graph, x: Tensor) => readonly Tensor[];
}

/** A step with its batch uploaded and its loss read back; pipelined, the batches lie on the GPU. Both train the same weights. */
export function prepareTraining(device: Device, workload: TrainingWorkload): Prepared {
  const { batch, width, parameters } = workload;
  const data = prototypes(BATCHES * batch, width);
  const optimizer = createOptimizer({ kind: "adam", lr: 1e-3 });
  const build = (batchOf: (graph: Graph) => Tensor): Plan => {
    const graph = new Graph(parameters);
    const terms = workload.terms(graph, batchOf(graph));
    const ring = graph.tensor("ring", [RING_LINES, RING_WIDTH], "f32", "ring");
    const { loss } = graph.apply(total, { ...Object.fromEntries(terms.map((t, i) => [`term${i}`, t])), ring });
    differentiate(graph, loss);
    optimizer.append(graph);
    fuse(graph);
    return new Plan(graph, device);
  };
  const live = new Program(
    device,
    build((graph) => graph.input("x", [batch, width])),
  );
  live.writeBuffer("weight arena", initialWeights(parameters, 0));
  let resident: Program | undefined;
  const loadResident = (): Program => {
    if (resident) return resident;
    const plan = build((graph) => {
      const stored = graph.input("data", [BATCHES * batch, width]);
      return graph.apply(gatherFloat, { data: stored }, { batch, shuffle: false }, "batch").x;
    });
    resident = new Program(device, plan, [live]);
    resident.write("data", data);
    return resident;
  };
  const values = (i: number): Record<string, number> => ({
    step: i,
    rows: batch,
    slot: i % RING_LINES,
    cursor: (i % BATCHES) * batch,
    weight0: batch,
    weight1: batch,
    ...optimizer.stepValues(i + 1, optimizer.lr),
  });
  return {
    async step(i) {
      const at = (i % BATCHES) * batch * width;
      live.write("x", data.subarray(at, at + batch * width));
      live.run([values(i)]);
      return new Float32Array(await live.readBuffer("ring"))[(i % RING_LINES) * RING_WIDTH];
    },
    submit(from, count) {
      loadResident().run(Array.from({ length: count }, (_, k) => values(from + k)));
    },
    dispose() {
      resident?.dispose();
      live.dispose();
    },
  };
}

/** Rows that can be learnt: one of 10 fixed random patterns each, a tenth of its pixels flipped. */
function prototypes(rows: number, width: number): Float32Array {
  const random = new RandomStream(7, streams.test);
  const patterns = Array.from({ length: 10 }, () =>
    Uint8Array.from({ length: width }, () => (random.uniform() < 0.3 ? 1 : 0)),
  );
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) {
    const pattern = patterns[random.below(10)];
    for (let i = 0; i < width; i++) out[r * width + i] = random.uniform() < 0.1 ? 1 - pattern[i] : pattern[i];
  }
  return out;
}
