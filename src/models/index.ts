import type { ModelConfig } from "./config.js";
import { DenseAutoencoder } from "./dense-autoencoder.js";
import type { Model } from "./model.js";

/** Builds the member of the family that a (checked) config describes. */
export function createModel(config: ModelConfig): Model {
  return new DenseAutoencoder(config);
}
