import type { DenseConfig } from "../../src/models/config.js";
import type { Family, Runner } from "./contract.js";
import { runnerOf, type Setting } from "./model-run.js";
import { contractiveRunner, sparseRunner } from "./models-penalties.js";
import { pixelCnn } from "./models-pixelcnn.js";
import { vqVaeRunner } from "./models-vq.js";

const autoencoder = (kind: "ae" | "dae"): Setting["config"] => {
  return (item, width) => {
    const [, hidden, latentDim] = item.params.sizes as number[];
    const dims = { inputShape: [1, 1, width], hiddenDims: [hidden], latentDim };
    return {
      model: { kind, ...dims, latentActivation: "relu", reconstructionLoss: "mse" },
      reduction: "elementMean",
    };
  };
};

const vae: Setting["config"] = (item, width) => ({
  model: {
    kind: "vae",
    inputShape: [1, 1, width],
    hiddenDims: [item.number("hidden")],
    latentDim: item.number("latent"),
    reconstructionLoss: "bce",
  },
  beta: item.number("beta"),
  reduction: "sum",
});

const conditional = (condition: "priorMean" | "add"): Runner =>
  runnerOf({
    config: (item, width) => {
      const { model, ...rest } = vae(item, width);
      return { ...rest, model: { ...model, condition, numClasses: item.number("classes") } as DenseConfig };
    },
    given: "eps",
    labels: (item) => Uint32Array.from(item.input("y").data),
  });

const runners: Readonly<Record<string, Runner>> = {
  ae: runnerOf({ config: autoencoder("ae") }),
  dae: runnerOf({ config: autoencoder("dae"), given: "noise" }),
  vae: runnerOf({ config: vae, given: "eps" }),
  beta_vae: runnerOf({ config: vae, given: "eps" }),
  cvae_label_proj: conditional("add"),
  cvae_class_mean: conditional("priorMean"),
  sparse_ae: sparseRunner,
  contractive_ae: contractiveRunner,
  vqvae: vqVaeRunner,
  pixelcnn: pixelCnn,
};

export const modelsFamily: Family = { name: "models", runner: (op) => runners[op] };
