import { activationsFamily } from "./activations.js";
import type { Family } from "./contract.js";
import { conv2dFamily, convTranspose2dFamily } from "./conv2d.js";
import { embeddingFamily } from "./embedding.js";
import { linearFamily } from "./linear.js";
import { lossesFamily } from "./losses.js";
import { maskedConv2dFamily } from "./masked-conv2d.js";
import { modelsFamily } from "./models.js";
import { normsFamily } from "./norms.js";
import { optimizersFamily } from "./optimizers.js";
import { penaltiesFamily } from "./penalties.js";
import { poolingFamily } from "./pooling.js";
import { reparamKlFamily } from "./reparam-kl.js";
import { softmaxFamily } from "./softmax-ce.js";
import { vqFamily } from "./vq.js";

/** The families that there are ops for: one file each. Cases of others, and of ops that a family has no runner for, are missing. */
export const families: readonly Family[] = [
  linearFamily,
  conv2dFamily,
  convTranspose2dFamily,
  maskedConv2dFamily,
  normsFamily,
  poolingFamily,
  embeddingFamily,
  activationsFamily,
  lossesFamily,
  softmaxFamily,
  vqFamily,
  reparamKlFamily,
  optimizersFamily,
  penaltiesFamily,
  modelsFamily,
];
