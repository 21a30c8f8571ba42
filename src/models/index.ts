import type { ModelConfig } from "./config.js";
import { ConvAutoencoder } from "./conv-autoencoder.js";
import { DenseAutoencoder } from "./dense-autoencoder.js";
import type { Model } from "./model.js";
import { TdVae } from "./td-vae.js";
import { VqVae } from "./vq-vae.js";
import { VqVae2 } from "./vq-vae-2.js";

/** Builds the member of the family that a (checked) config describes.
 * @throws InputError where the strides of convolutions do not divide the image */
export function createModel(config: ModelConfig): Model {
  if (config.kind === "vq-vae") return new VqVae(config);
  if (config.kind === "vq-vae-2") return new VqVae2(config);
  if (config.kind === "td-vae") return new TdVae(config);
  return "channels" in config ? new ConvAutoencoder(config) : new DenseAutoencoder(config);
}
