import { nearest } from "../check.js";
import { InputError } from "../errors.js";
import { DenseAutoencoder } from "../models/dense-autoencoder.js";
import { conv3x3 } from "./conv3x3.js";
import { matmul } from "./matmul.js";
import type { Workload } from "./measure.js";
import { prepareTraining } from "./training.js";
import { w2 } from "./w2.js";
import { w3, w3Large, w3Unfused } from "./w3.js";

/** Multiply-adds of the four products, forward and for the gradients of weights and inputs; the first needs no gradient of x. */
const [first, middle] = [784 * 400, 400 * 40 + 20 * 400 + 400 * 784];
const vaeFlops = 2 * 128 * (2 * first + 3 * middle);

const w1: Workload = {
  name: "W1",
  what: "dense VAE step: 784-400-(20, 20)-400-784, BCE sum + KL sum, Adam 1e-3, batch 128",
  flops: vaeFlops,
  prepare(device) {
    const model = new DenseAutoencoder({
      kind: "vae",
      inputShape: [1, 28, 28],
      hiddenDims: [400],
      latentDim: 20,
      reconstructionLoss: "bce",
    });
    const { parameters } = model;
    return prepareTraining(device, {
      parameters,
      batch: 128,
      width: 784,
      terms: (graph, x) => model.forward(graph, { input: x, target: x }).terms.map((t) => t.tensor),
    });
  },
};

/** Reference workloads: those of the libraries that we are measured against, then our own. */
export const workloads: readonly Workload[] = [
  w1,
  w2,
  w3,
  w3Unfused,
  matmul("W4a", 512),
  conv3x3("W4b", 8),
  matmul("matmul-1024", 1024),
  matmul("matmul-4096", 4096, true),
  conv3x3("conv3x3-64", 256, true),
  w3Large,
];

/** The workloads of these names, or all. @throws InputError with the nearest name */
export function workloadsNamed(names: readonly string[] | undefined): readonly Workload[] {
  if (!names) return workloads;
  return names.map((name) => {
    const found = workloads.find((w) => w.name === name);
    if (found) return found;
    const all = workloads.map((w) => w.name);
    throw new InputError(
      `There is no workload "${name}"; did you mean "${nearest(name, all)}"? There are ${all.join(", ")}.`,
    );
  });
}
