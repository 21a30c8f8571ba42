import type { Rule } from "../check.js";
import { rules } from "../check.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { l1 } from "../ops/l1.js";
import { sparseKl } from "../ops/sparse-kl.js";
import { topK } from "../ops/top-k.js";
import type { AutoencoderConfig } from "./config.js";
import type { Term } from "./model.js";

/** What holds an autoencoder's code down.
 * - kl: the mean activation of each unit over the batch is pulled to `rho` (Ng 2011, "Sparse autoencoder"); the code is a sigmoid's.
 * - l1: the sum of the code's absolute values.
 * - topk: the `k` largest units of each code are kept, the others are 0 (Makhzani and Frey 2014, "k-sparse autoencoders"). */
export type SparsityConfig =
  | { readonly kind: "kl"; readonly rho: number; readonly weight: number }
  | { readonly kind: "l1"; readonly weight: number }
  | { readonly kind: "topk"; readonly k: number };

/** A penalty on ||dcode/dx||_F^2 (Rifai et al. 2011, "Contractive auto-encoders"): exact for an encoder of one layer, else the
 * mean over `projections` random directions (default 1), which may be asked for in place of the exact one too. */
export interface ContractiveConfig {
  readonly weight: number;
  readonly projections?: number;
}

const weight = rules.number(0, 1e6);

export const sparsityRule: Rule<SparsityConfig> = rules.byKind<SparsityConfig>({
  kl: rules.object({ kind: rules.oneOf("kl"), rho: rules.number(1e-4, 0.9999), weight }),
  l1: rules.object({ kind: rules.oneOf("l1"), weight }),
  topk: rules.object({ kind: rules.oneOf("topk"), k: rules.integer(1, 65_536) }),
});

export const contractiveRule: Rule<ContractiveConfig> = rules.object<ContractiveConfig>({
  weight,
  projections: rules.optional(rules.integer(1, 64)),
});

/** Refuses penalties that do not go with the rest of a model. @throws InputError */
export function checkPenalties(config: AutoencoderConfig, path: string): void {
  const { kind, sparsity, contractive, latentActivation = "none", latentDim } = config;
  if (config.reconstructionLoss === "gaussian" && kind !== "vae")
    throw new InputError(
      `${path}.reconstructionLoss is "gaussian", which is a likelihood for a "vae", and this model is "${kind}"; set it to "mse".`,
    );
  const asked = sparsity ? "sparsity" : contractive ? "contractive" : undefined;
  if (asked && kind === "vae")
    throw new InputError(
      `${path}.${asked} is for the code of an "ae" or "dae", and this model is a "vae"; leave it out.`,
    );
  if (sparsity?.kind === "kl" && latentActivation !== "sigmoid")
    throw new InputError(
      `${path}.sparsity takes the code for shares from 0 to 1, and ${path}.latentActivation is "${latentActivation}"; set it to "sigmoid".`,
    );
  if (sparsity?.kind === "topk" && sparsity.k > latentDim)
    throw new InputError(
      `${path}.sparsity.k is ${sparsity.k}; allowed: a whole number from 1 to latentDim, ${latentDim}.`,
    );
  if (contractive && "channels" in config)
    throw new InputError(`${path}.contractive is for encoders of dense layers; leave it out or give hiddenDims.`);
}

/** The code as the decoder is given it. */
export function sparseCode(graph: Graph, code: Tensor, sparsity: SparsityConfig | undefined): Tensor {
  return sparsity?.kind === "topk" ? (graph.apply(topK, { x: code }, { k: sparsity.k }, "code").y as Tensor) : code;
}

/** What the code costs. */
export function sparsityTerms(graph: Graph, code: Tensor, sparsity: SparsityConfig | undefined): Term[] {
  if (!sparsity || sparsity.kind === "topk") return [];
  const { loss } =
    sparsity.kind === "kl"
      ? graph.apply(sparseKl, { h: code }, { rho: sparsity.rho }, "sparsity")
      : graph.apply(l1, { x: code, t: graph.tensor("zeros", code.shape, "f32", "zeros") }, {}, "sparsity");
  return [{ name: "sparsity", tensor: loss as Tensor, cost: sparsity.weight }];
}
