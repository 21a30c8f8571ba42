import type { DenseConfig } from "../../src/models/config.js";
import type { GoldenCase, Runner } from "./contract.js";
import { runnerOf } from "./model-run.js";

/** sigmoid(Linear), sigmoid(Linear): mean squared error and a penalty on the one hidden layer. */
const penalized = (penalty: (item: GoldenCase) => Pick<DenseConfig, "sparsity" | "contractive">): Runner =>
  runnerOf({
    config: (item, width) => ({
      model: {
        kind: "ae",
        inputShape: [1, 1, width],
        hiddenDims: [],
        latentDim: item.want("p0/enc.bias").data.length,
        latentActivation: "sigmoid",
        reconstructionLoss: "mse",
        ...penalty(item),
      },
      reduction: "elementMean",
    }),
    name: (golden) => golden.replace("enc.", "encoder.0.").replace("dec.", "decoder.0."),
  });

/** beta sum_j KL(rho || mean activation of unit j). */
export const sparseRunner = penalized((item) => ({
  sparsity: { kind: "kl", rho: item.number("rho"), weight: item.number("beta") },
}));

/** lambda times the mean of ||dh/dx||_F^2. */
export const contractiveRunner = penalized((item) => ({ contractive: { weight: item.number("lambda") } }));
