import type { References } from "../../src/graph/interpret.js";
import { activationProof } from "./activation.js";
import { activationTangentProof } from "./activation-tangent.js";
import { addProof } from "./add.js";
import { convRowProof, densePixelProof, gatedPixelProof, putCodeProof, putRowProof } from "./ancestral.js";
import { batchNormEvalProof, batchNormProof } from "./batch-norm.js";
import { bceProof } from "./bce.js";
import { bceLogitsProof } from "./bce-logits.js";
import { clipNormProof } from "./clip-norm.js";
import { codeEmaProof } from "./code-ema.js";
import { codeResetProof } from "./code-reset.js";
import { codeSumsProof } from "./code-sums.js";
import { codeUsageProof, perplexityProof } from "./code-usage.js";
import { concatProof } from "./concat.js";
import type { OpProof } from "./contract.js";
import { convTranspose2dProof } from "./conv-transpose2d.js";
import { conv2dProof } from "./conv2d.js";
import { corruptProof, hiddenProof } from "./corrupt.js";
import { crossEntropyProof } from "./cross-entropy.js";
import { detachProof } from "./detach.js";
import { drawCodeProof } from "./draw-code.js";
import { drawJumpsProof } from "./draw-jumps.js";
import { dropoutProof } from "./dropout.js";
import { embeddingProof, oneHotProof } from "./embedding.js";
import { finiteProof } from "./finite.js";
import { freeBitsProof } from "./free-bits.js";
import { fsqCodesProof, fsqProof } from "./fsq.js";
import { gateProof } from "./gate.js";
import { gatherFloatProof, gatherIntegersProof, gatherProof } from "./gather.js";
import { gaussianNllProof } from "./gaussian-nll.js";
import { gaussianRatioProof } from "./gaussian-ratio.js";
import { groupNormProof, layerNormProof } from "./group-norm.js";
import { gradientNormProof, latentHealthProof } from "./health.js";
import { importanceProof, priorRatioProof } from "./importance.js";
import { klCapacityProof } from "./kl-capacity.js";
import { klClassMeanProof } from "./kl-class-mean.js";
import { klGaussiansProof } from "./kl-gaussians.js";
import { l1Proof } from "./l1.js";
import { lfqCodesProof, lfqProof } from "./lfq.js";
import { linearProof } from "./linear.js";
import { mseProof } from "./mse.js";
import { mulProof } from "./mul.js";
import { noiseProof } from "./noise.js";
import { normalizeProof } from "./normalize.js";
import { adagradProof, adamProof, adamwProof, rmspropProof, sgdProof } from "./optimizer.js";
import { philoxProof } from "./philox.js";
import { codeColoursProof, putPointsProof, scatterProof, tilesProof } from "./picture.js";
import { avgPool2dProof, maxPool2dProof } from "./pool2d.js";
import { quantizeDropoutProof } from "./quantize-dropout.js";
import { gruGatesProof, lstmGatesProof } from "./recurrent.js";
import { reduceProof } from "./reduce.js";
import { reparameterizeProof } from "./reparameterize.js";
import { repeatRowsProof } from "./repeat-rows.js";
import { rotateToProof } from "./rotate-to.js";
import { scaleProof } from "./scale.js";
import { sigmaNllProof } from "./sigma-nll.js";
import { sliceProof } from "./slice.js";
import { smoothL1Proof } from "./smooth-l1.js";
import { logSoftmaxProof, softmaxProof } from "./softmax.js";
import { sparseKlProof } from "./sparse-kl.js";
import { splitProof } from "./split.js";
import { topKProof } from "./top-k.js";
import { totalProof } from "./total.js";
import { totalCorrelationProof } from "./total-correlation.js";
import { upsampleNearestProof } from "./upsample-nearest.js";
import { vectorQuantizeProof } from "./vector-quantize.js";

/** Every op's proof; the same order as src/ops/index.ts. */
export const proofs: readonly OpProof[] = [
  linearProof,
  activationProof,
  activationTangentProof,
  conv2dProof,
  convTranspose2dProof,
  batchNormProof,
  batchNormEvalProof,
  groupNormProof,
  layerNormProof,
  maxPool2dProof,
  avgPool2dProof,
  upsampleNearestProof,
  embeddingProof,
  oneHotProof,
  vectorQuantizeProof,
  codeSumsProof,
  codeEmaProof,
  codeUsageProof,
  perplexityProof,
  codeResetProof,
  normalizeProof,
  rotateToProof,
  fsqProof,
  fsqCodesProof,
  lfqProof,
  lfqCodesProof,
  addProof,
  mulProof,
  gateProof,
  lstmGatesProof,
  gruGatesProof,
  scaleProof,
  detachProof,
  adamProof,
  adamwProof,
  sgdProof,
  rmspropProof,
  adagradProof,
  reparameterizeProof,
  bceLogitsProof,
  mseProof,
  totalProof,
  clipNormProof,
  finiteProof,
  gradientNormProof,
  latentHealthProof,
  l1Proof,
  smoothL1Proof,
  bceProof,
  gaussianNllProof,
  crossEntropyProof,
  softmaxProof,
  klClassMeanProof,
  klGaussiansProof,
  klCapacityProof,
  freeBitsProof,
  totalCorrelationProof,
  sigmaNllProof,
  repeatRowsProof,
  priorRatioProof,
  importanceProof,
  gaussianRatioProof,
  sparseKlProof,
  topKProof,
  logSoftmaxProof,
  concatProof,
  splitProof,
  sliceProof,
  reduceProof,
  dropoutProof,
  quantizeDropoutProof,
  noiseProof,
  corruptProof,
  hiddenProof,
  gatherProof,
  gatherFloatProof,
  gatherIntegersProof,
  convRowProof,
  putRowProof,
  putCodeProof,
  gatedPixelProof,
  densePixelProof,
  drawCodeProof,
  drawJumpsProof,
  philoxProof,
  tilesProof,
  codeColoursProof,
  putPointsProof,
  scatterProof,
];

/** Float64 twins of all kernels, by kernel name. */
export const references: References = Object.assign({}, ...proofs.map((p) => p.references));
