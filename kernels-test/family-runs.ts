import type { DenseConfig } from "../src/models/config.js";
import type { TdVaeConfig } from "../src/models/td-vae-config.js";
import type { RunConfig } from "../src/train/config.js";
import { checkConfig } from "../src/train/config.js";

const inputShape = [1, 4, 5];
const base = { data: "small", batch: 8, epochs: 2, seed: 5, optimizer: { kind: "adam", lr: 5e-3 } };
const shallow = { inputShape, hiddenDims: [], latentDim: 6, latentActivation: "sigmoid", reconstructionLoss: "mse" };
const deep = { inputShape, hiddenDims: [12, 7], latentDim: 4, activation: "silu", reconstructionLoss: "mse" };
const vae = { kind: "vae", inputShape, hiddenDims: [12], latentDim: 4, reconstructionLoss: "bce" };

const ae = (model: Partial<DenseConfig>, more: Partial<RunConfig> = {}): RunConfig =>
  checkConfig({ ...base, reduction: "batchMean", model: { kind: "ae", ...shallow, ...model }, ...more });
const variational = (more: Partial<RunConfig>, model: Partial<DenseConfig> = {}): RunConfig =>
  checkConfig({ ...base, reduction: "sum", model: { ...vae, ...model }, ...more });

/** Images of four lines as sequences of four frames. */
const temporal = (model: Partial<TdVaeConfig>): RunConfig =>
  checkConfig({
    ...base,
    reduction: "batchMean",
    model: {
      kind: "td-vae",
      inputShape,
      frames: 4,
      featureDims: [7],
      beliefDim: 6,
      latentDim: 3,
      hiddenDim: 5,
      decoderDims: [9],
      maxJump: 2,
      reconstructionLoss: "bce",
      ...model,
    },
  });

/** A run of each member of the family whose objective is its own, that the interpreter takes no time for. */
export const familyRuns: Readonly<Record<string, RunConfig>> = {
  "sparse KL": ae({ sparsity: { kind: "kl", rho: 0.1, weight: 2 } }),
  "sparse L1": ae({ sparsity: { kind: "l1", weight: 0.3 }, latentActivation: "tanh" }, { reduction: "elementMean" }),
  "k-sparse": ae({ sparsity: { kind: "topk", k: 2 }, latentActivation: "none" }),
  "contractive, exact": ae({ contractive: { weight: 0.2 } }, { reduction: "sum" }),
  "contractive, by projections": ae({
    ...(deep as Partial<DenseConfig>),
    contractive: { weight: 0.2, projections: 3 },
  }),
  "sparse and contractive": ae({
    sparsity: { kind: "kl", rho: 0.2, weight: 1 },
    contractive: { weight: 0.1 },
    reconstructionLoss: "bce",
  }),
  "masked patches": ae(
    { ...(deep as Partial<DenseConfig>), kind: "dae" },
    { reduction: "elementMean", corruption: { kind: "patch", size: 2, ratio: 0.5, hiddenOnly: true } },
  ),
  "salt and pepper": ae({ kind: "dae" }, { corruption: { kind: "saltPepper", p: 0.3 } }),
  capacity: variational({ capacity: { max: 3, warmupSteps: 5, gamma: 4 } }),
  "free bits": variational({ freeBits: 0.05, beta: 2 }),
  "total correlation": variational({ decomposition: { mi: 0.5 }, beta: 3 }),
  "learnt variance": variational({ beta: 0.5 }, { reconstructionLoss: "gaussian" }),
  "importance bound": variational({ importanceSamples: 5 }),
  "importance bound, learnt variance": variational({ importanceSamples: 3 }, { reconstructionLoss: "gaussian" }),
  "class means of the prior": variational({ beta: 2 }, { condition: "priorMean", numClasses: 3 }),
  "class means and capacity": variational(
    { capacity: { max: 3, warmupSteps: 5, gamma: 4 } },
    { condition: "priorMean", numClasses: 3 },
  ),
  "classes added to the latent": variational({ freeBits: 0.05 }, { condition: "add", numClasses: 3 }),
  "classes beside the inputs": variational({}, { condition: "concat", numClasses: 4 }),
  "TD-VAE, an LSTM": temporal({}),
  "TD-VAE, a GRU and two layers of state": temporal({ belief: "gru", latentLayers: 2, pairs: 3, featureDims: [] }),
  "sigmoid schedule": variational({ klSchedule: { kind: "sigmoid", max: 2, middle: 3, width: 1 } }),
};
