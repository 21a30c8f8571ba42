import { InputError } from "../errors.js";
import type { Conditional, Model } from "./model.js";
import { refuseFrom } from "./prior-conditions.js";

/** Rows with their classes, where these are known. */
interface Labelled {
  readonly name: string;
  readonly labels?: Uint32Array;
}

type Part = keyof Conditional["tells"];

/** The class of each row of some data, for a conditional model one of whose `parts` is told of it; nothing for others.
 * @throws InputError where the data have no labels, or one that the model does not know */
export function labelsOf(
  { conditional }: Pick<Model, "conditional">,
  data: Labelled,
  parts: readonly Part[] = ["encoder", "decoder", "prior"],
): Uint32Array | undefined {
  if (!conditional || !parts.some((part) => conditional.tells[part])) return undefined;
  return labelsBelow(conditional.numClasses, data, "the model is conditional (model.condition)");
}

/** The class of each row of some data. @throws InputError where they have none, or one of `numClasses` on */
export function labelsBelow(numClasses: number, { name, labels }: Labelled, because: string): Uint32Array {
  if (!labels) throw new InputError(`${name} has no labels and ${because}; take data that have some.`);
  refuseFrom(labels, numClasses, "label", "classes");
  return labels;
}

/** The class of each of `count` rows for one who tells them apart: `labels` as they were given.
 * @throws InputError where there are none, too many or too few, or one that the model does not know */
export function checkedLabels(
  { numClasses }: { readonly numClasses: number },
  labels: ArrayLike<number> | undefined,
  count: number,
): Uint32Array {
  if (labels === undefined)
    throw new InputError("A conditional model knows the class of each image, and no labels were given; give one each.");
  if (labels.length !== count)
    throw new InputError(`${labels.length} labels were given for ${count} images; give one an image.`);
  const whole = Uint32Array.from(labels);
  refuseFrom(whole, numClasses, "label", "classes");
  return whole;
}

/** Classes 0, 1, 2, ... round and round, or `label` all over. */
export const classesInTurn = (count: number, numClasses: number, label?: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, i) => label ?? i % numClasses);
