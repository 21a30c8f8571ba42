import type { Device } from "../gpu/device.js";
import type { Program } from "../gpu/program.js";
import type { Tensor } from "../graph/tensor.js";
import type { Classifier } from "./classifier.js";
import { RowPrograms } from "./row-programs.js";

/** A trained classifier at work, over the weights of a program. Images are rows of H * W * C numbers in [0, 1], channels last. */
export class Judge {
  private readonly programs: RowPrograms;

  constructor(
    device: Device,
    readonly model: Classifier,
    weights: Program,
  ) {
    this.programs = new RowPrograms(device, model.parameters, weights);
  }

  /** Logits of each class, [N, numClasses]. */
  async logits(images: Float32Array): Promise<Float32Array> {
    const { model } = this;
    const inputs = [{ values: images, shape: [model.width] }];
    const [out] = await this.programs.map("logits", inputs, (graph, [x]) => [model.logits(graph, x as Tensor)]);
    return out as Float32Array;
  }

  /** The likeliest class of each image; the lower of two alike. */
  async classify(images: Float32Array): Promise<Uint32Array> {
    return likeliest(await this.logits(images), this.model.config.numClasses);
  }

  dispose(): void {
    this.programs.dispose();
  }
}

/** The place of the largest number of each row of `width`; the first of several. */
export function likeliest(logits: Float32Array, width: number): Uint32Array {
  return Uint32Array.from({ length: logits.length / width }, (_, n) => {
    let best = 0;
    for (let k = 1; k < width; k++) if (logits[n * width + k] > logits[n * width + best]) best = k;
    return best;
  });
}
