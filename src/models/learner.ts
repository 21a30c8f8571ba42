import { Classifier } from "./classifier.js";
import type { ClassifierConfig } from "./classifier-config.js";
import type { ModelConfig } from "./config.js";
import { createModel } from "./index.js";
import type { Learner, Model } from "./model.js";
import { PixelCnn } from "./pixelcnn.js";
import type { PixelCnnConfig } from "./pixelcnn-config.js";

/** What a config of any kind comes to: a model of images, a prior over codes or a classifier. */
export function createLearner(config: Learner["config"]): Model | PixelCnn | Classifier {
  if (config.kind === "pixelcnn") return new PixelCnn(config as PixelCnnConfig);
  if (config.kind === "classifier") return new Classifier(config as ClassifierConfig);
  return createModel(config as ModelConfig);
}
