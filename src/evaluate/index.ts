export { type Corrupted, Corruptor } from "./corruptor.js";
export { type EvaluateOptions, type Evaluation, evaluateModel } from "./evaluate.js";
export { HiddenErrors } from "./hidden.js";
export { ACTIVE_VARIANCE, LatentStatistics } from "./latents.js";
export { importanceNll, logSumExp } from "./nll.js";
export { psnr, squaredErrors } from "./psnr.js";
export { type RolloutAgreement, rolloutAgreement } from "./rollouts.js";
export { ssim, ssimWindow } from "./ssim.js";
export { RowTerms } from "./terms.js";
