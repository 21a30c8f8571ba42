import type { Dataset } from "../data/dataset.js";
import { floatRows, rowLength } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { Model } from "../models/model.js";
import { pca } from "./pca.js";
import { psnr, squaredErrors } from "./psnr.js";

/** What the linear model of as many latents reaches. */
export interface Baseline {
  readonly kind: "pca";
  readonly components: number;
  /** The share of the variance, of the rows that it was found on, that they hold. */
  readonly share: number;
  /** Squared error a pixel, and dB, as of the model: means over the images. */
  readonly mse: number;
  readonly psnr: number;
}

/** Images that one reconstruction works on. */
const CHUNK = 256;

/** PCA with as many components as a model has latents, found on its training data and measured on others.
 * @throws InputError for a model of discrete codes, or where there are fewer images than components */
export async function pcaBaseline(device: Device, model: Model, train: Dataset, test: Dataset): Promise<Baseline> {
  const width = rowLength(test);
  if (model.coded)
    throw new InputError(
      "PCA has no discrete codes to compare with; leave the baseline out, or evaluate a model with latents.",
    );
  if (rowLength(train) !== width)
    throw new InputError(`${train.name} and ${test.name} hold images of other sizes; take two parts of the same data.`);
  const components = Math.min(model.latentDim, width);
  const found = await pca(device, train, components);
  try {
    let [mse, decibels] = [0, 0];
    for (let at = 0; at < test.count; at += CHUNK) {
      const images = floatRows(test, at, Math.min(CHUNK, test.count - at));
      for (const error of squaredErrors(images, await found.reconstruct(images), width)) {
        mse += error / test.count;
        decibels += psnr(error) / test.count;
      }
    }
    const held = found.variance.reduce((a, b) => a + b, 0);
    return { kind: "pca", components, share: held / Math.max(found.totalVariance, 1e-300), mse, psnr: decibels };
  } finally {
    found.dispose();
  }
}
