import { type Dataset, floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { type Judge, likeliest } from "../models/judge.js";
import { labelsBelow } from "../models/labels.js";
import type { Conditional, Model } from "../models/model.js";
import type { Runner } from "../models/runner.js";
import { logSumExp } from "./nll.js";

/** Images that are looked at at a time. */
const CHUNK = 256;

/** What a classifier is worth on labelled data. */
export interface Classification {
  readonly images: number;
  /** Share of the images whose likeliest class is their own. */
  readonly accuracy: number;
  /** Cross-entropy of the labels, nats an image. */
  readonly nll: number;
  /** The accuracy by class; 0 for a class without images. */
  readonly byClass: readonly number[];
}

/** Runs a classifier over labelled data. @throws InputError where the data do not fit it, or have no labels */
export async function evaluateClassifier(judge: Judge, dataset: Dataset): Promise<Classification> {
  const { inputShape, numClasses } = judge.model.config;
  if (dataset.shape.join() !== inputShape.join())
    throw new InputError(
      `${dataset.name} holds images of [${dataset.shape}] and the classifier takes [${inputShape}] (C, H, W); take other data.`,
    );
  const labels = labelsBelow(numClasses, dataset, "a classifier is judged by them");
  const count = new Float64Array(numClasses);
  const right = new Float64Array(numClasses);
  let nll = 0;
  for (let at = 0; at < dataset.count; at += CHUNK) {
    const own = labels.subarray(at, at + CHUNK);
    const logits = await judge.logits(floatRows(dataset, at, own.length));
    const found = likeliest(logits, numClasses);
    own.forEach((label, n) => {
      const row = logits.subarray(n * numClasses, (n + 1) * numClasses);
      nll += logSumExp(row) - row[label];
      count[label]++;
      if (found[n] === label) right[label]++;
    });
  }
  return {
    images: dataset.count,
    accuracy: right.reduce((a, b) => a + b, 0) / dataset.count,
    nll: nll / dataset.count,
    byClass: Array.from(right, (n, k) => n / Math.max(1, count[k])),
  };
}

/** How often draws of a conditional model are of the class that was asked for. */
export interface Asked {
  /** Draws of each class. */
  readonly perClass: number;
  /** Share of all draws that the classifier puts into the class that was asked for. */
  readonly asAsked: number;
  readonly asAskedByClass: readonly number[];
}

/** Refuses a classifier that cannot tell a model's classes. @throws InputError */
export function assertJudges({ model: { config } }: Pick<Judge, "model">, model: Model): Conditional {
  const { conditional } = model;
  if (!conditional)
    throw new InputError("A classifier judges draws by the class that was asked for, and the model knows no classes.");
  if (config.inputShape.join() !== model.config.inputShape.join())
    throw new InputError(
      `The classifier takes images of [${config.inputShape}] and the model makes [${model.config.inputShape}] (C, H, W); take one of the same data.`,
    );
  if (config.numClasses < conditional.numClasses)
    throw new InputError(
      `The classifier tells ${config.numClasses} classes and the model knows ${conditional.numClasses}; take one of the same data.`,
    );
  return conditional;
}

/** Draws `perClass` images of each class from a conditional model's prior and has a classifier say what they are.
 * @throws InputError where the classifier is not one of the model's classes */
export async function judgeSamples(
  runner: Runner,
  judge: Judge,
  { perClass = 200, seed = 0 }: { readonly perClass?: number; readonly seed?: number } = {},
): Promise<Asked> {
  const { numClasses } = assertJudges(judge, runner.model);
  const labels = Uint32Array.from({ length: perClass * numClasses }, (_, i) => i % numClasses);
  const found = await judge.classify(await runner.sample(labels.length, seed, 1, labels));
  const right = new Float64Array(numClasses);
  labels.forEach((label, i) => {
    if (found[i] === label) right[label]++;
  });
  return {
    perClass,
    asAsked: right.reduce((a, b) => a + b, 0) / labels.length,
    asAskedByClass: Array.from(right, (n) => n / perClass),
  };
}
