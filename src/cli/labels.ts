import type { Command } from "commander";
import { InputError } from "../errors.js";
import { whole } from "./common.js";
import type { Run } from "./run-folder.js";

/** What a verb is told of a conditional model's classes. */
export interface LabelOptions {
  readonly label?: number;
}

/** Adds --label. */
export function withLabel(command: Command, what: string): Command {
  return command.option("--label <n>", `${what}, of a conditional model`, whole("--label", 0));
}

/** The class that the options ask for, of a conditional model one of whose `parts` is told of it.
 * @throws InputError where the model knows no classes, or not this one, or the verb has no use for it */
export function labelOf(
  { model }: Pick<Run, "model">,
  { label }: LabelOptions,
  parts: readonly ("decoder" | "prior")[] = ["decoder", "prior"],
): number | undefined {
  if (label === undefined) return undefined;
  const { conditional } = model;
  if (!conditional) throw new InputError("--label was given and the model knows no classes; leave it out.");
  if (!parts.some((part) => conditional.tells[part]))
    throw new InputError(
      `--label was given and the model's ${parts.join(" and ")} is not told classes (model.condition); leave it out.`,
    );
  if (label >= conditional.numClasses)
    throw new InputError(`--label is ${label}; the model's classes go from 0 to ${conditional.numClasses - 1}.`);
  return label;
}
