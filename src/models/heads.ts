import type { Flattened, Parameters } from "../graph/parameters.js";
import { Dense } from "../layers/dense.js";
import type { AutoencoderConfig } from "./config.js";

/** A VAE's mu and logVar side by side: one matrix product for both. */
export function statisticsOf(
  parameters: Parameters,
  inputs: number,
  { latentDim, init }: Pick<AutoencoderConfig, "latentDim" | "init">,
  flattened?: Flattened,
): Dense {
  const parts = [
    { name: "mu", width: latentDim },
    { name: "logVar", width: latentDim },
  ];
  return new Dense(parameters, "statistics", inputs, 2 * latentDim, { init, parts, ...(flattened && { flattened }) });
}
