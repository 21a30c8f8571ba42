// The entry `latentgpu/evaluate`: what judges a trained model. A page that trains and draws holds nothing of it.
export { ACTIVE_VARIANCE } from "../train/health.js";
export { type Baseline, pcaBaseline } from "./baseline.js";
export { type Asked, assertJudges, type Classification, evaluateClassifier, judgeSamples } from "./classify.js";
export { type Corrupted, Corruptor } from "./corruptor.js";
export { type Disentanglement, disentanglement } from "./disentanglement.js";
export { type EvaluateOptions, type Evaluation, evaluateModel } from "./evaluate.js";
export { HiddenErrors } from "./hidden.js";
export { LatentStatistics } from "./latents.js";
export { importanceNll, logSumExp } from "./nll.js";
export { Pca, type PcaOptions, pca } from "./pca.js";
export { psnr, squaredErrors } from "./psnr.js";
export { type RolloutAgreement, rolloutAgreement } from "./rollouts.js";
export { ssim, ssimWindow } from "./ssim.js";
export { type LatentMeasures, LatentSurvey, mutualInformation } from "./survey.js";
export { RowTerms } from "./terms.js";
