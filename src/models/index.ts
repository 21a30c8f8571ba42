import type { ModelConfig } from "./config.js";
import { isConv } from "./config.js";
import { ConvAutoencoder } from "./conv-autoencoder.js";
import { DenseAutoencoder } from "./dense-autoencoder.js";
import type { Model } from "./model.js";

/** Builds the member of the family that a (checked) config describes.
 * @throws InputError where a convolutional model's strides do not divide the image */
export function createModel(config: ModelConfig): Model {
  return isConv(config) ? new ConvAutoencoder(config) : new DenseAutoencoder(config);
}
