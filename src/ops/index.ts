import { activation } from "./activation.js";
import { activationTangent } from "./activation-tangent.js";
import { add } from "./add.js";
import { convRow, densePixel, gatedPixel, putCode, putRow } from "./ancestral.js";
import { batchNorm, batchNormEval } from "./batch-norm.js";
import { bce } from "./bce.js";
import { bceLogits } from "./bce-logits.js";
import { clipNorm } from "./clip-norm.js";
import { codeEma } from "./code-ema.js";
import { codeReset } from "./code-reset.js";
import { codeSums } from "./code-sums.js";
import { codeUsage, perplexity } from "./code-usage.js";
import { concat } from "./concat.js";
import { convTranspose2d } from "./conv-transpose2d.js";
import { conv2d } from "./conv2d.js";
import { corrupt, hidden } from "./corrupt.js";
import { crossEntropy } from "./cross-entropy.js";
import { detach } from "./detach.js";
import { drawCode } from "./draw-code.js";
import { drawJumps } from "./draw-jumps.js";
import { dropout } from "./dropout.js";
import { embedding } from "./embedding.js";
import { finite } from "./finite.js";
import { freeBits } from "./free-bits.js";
import { fsq, fsqCodes } from "./fsq.js";
import { gate } from "./gate.js";
import { gather, gatherFloat, gatherIntegers } from "./gather.js";
import { gaussianNll } from "./gaussian-nll.js";
import { gaussianRatio } from "./gaussian-ratio.js";
import { groupNorm, layerNorm } from "./group-norm.js";
import { gradientNorm, latentHealth } from "./health.js";
import { importance, priorRatio } from "./importance.js";
import { klCapacity } from "./kl-capacity.js";
import { klClassMean } from "./kl-class-mean.js";
import { klGaussians } from "./kl-gaussians.js";
import { l1 } from "./l1.js";
import { lfq, lfqCodes } from "./lfq.js";
import { linear } from "./linear.js";
import { logSoftmax } from "./log-softmax.js";
import { mse } from "./mse.js";
import { mul } from "./mul.js";
import { noise } from "./noise.js";
import { normalize } from "./normalize.js";
import { oneHot } from "./one-hot.js";
import type { Op } from "./op.js";
import { adagrad, adam, adamw, rmsprop, sgd } from "./optimizer.js";
import { philox } from "./philox.js";
import { codeColours, putPoints, scatter, tiles } from "./picture.js";
import { avgPool2d, maxPool2d } from "./pool2d.js";
import { quantizeDropout } from "./quantize-dropout.js";
import { gruGates, lstmGates } from "./recurrent.js";
import { reduce } from "./reduce.js";
import { reparameterize } from "./reparameterize.js";
import { repeatRows } from "./repeat-rows.js";
import { reshape } from "./reshape.js";
import { rotateTo } from "./rotate-to.js";
import { scale } from "./scale.js";
import { sigmaNll } from "./sigma-nll.js";
import { slice } from "./slice.js";
import { smoothL1 } from "./smooth-l1.js";
import { softmax } from "./softmax.js";
import { sparseKl } from "./sparse-kl.js";
import { split } from "./split.js";
import { topK } from "./top-k.js";
import { total } from "./total.js";
import { totalCorrelation } from "./total-correlation.js";
import { upsampleNearest } from "./upsample-nearest.js";
import { vectorQuantize } from "./vector-quantize.js";

/** The op table. */
export const ops: readonly Op[] = [
  linear,
  activation,
  activationTangent,
  conv2d,
  convTranspose2d,
  batchNorm,
  batchNormEval,
  groupNorm,
  layerNorm,
  maxPool2d,
  avgPool2d,
  upsampleNearest,
  embedding,
  oneHot,
  vectorQuantize,
  codeSums,
  codeEma,
  codeUsage,
  perplexity,
  codeReset,
  normalize,
  rotateTo,
  fsq,
  fsqCodes,
  lfq,
  lfqCodes,
  add,
  mul,
  gate,
  lstmGates,
  gruGates,
  scale,
  detach,
  adam,
  adamw,
  sgd,
  rmsprop,
  adagrad,
  reparameterize,
  bceLogits,
  mse,
  total,
  clipNorm,
  finite,
  gradientNorm,
  latentHealth,
  l1,
  smoothL1,
  bce,
  gaussianNll,
  crossEntropy,
  softmax,
  klClassMean,
  klGaussians,
  klCapacity,
  freeBits,
  totalCorrelation,
  sigmaNll,
  repeatRows,
  priorRatio,
  importance,
  gaussianRatio,
  sparseKl,
  topK,
  logSoftmax,
  reshape,
  concat,
  split,
  slice,
  reduce,
  dropout,
  quantizeDropout,
  noise,
  corrupt,
  hidden,
  gather,
  gatherFloat,
  gatherIntegers,
  convRow,
  putRow,
  putCode,
  gatedPixel,
  densePixel,
  drawCode,
  drawJumps,
  philox,
  tiles,
  codeColours,
  putPoints,
  scatter,
];
