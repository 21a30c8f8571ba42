import type { CodeMaps } from "../data/codes.js";
import type { Dataset } from "../data/dataset.js";
import { openDataset } from "../data/node.js";
import { InputError } from "../errors.js";
import { type AnyRunConfig, checkRun, isPrior, type RunConfig } from "./config.js";
import type { Task } from "./task.js";
import { taskOf } from "./tasks.js";

/** Makes the task of a config from what it is given to train on, or from nothing but the config. */
export type TaskMaker = (config: AnyRunConfig, data: Dataset | CodeMaps | undefined) => Task | Promise<Task>;

/** The task of a config of any family; opens the config's data where none are given.
 * @throws InputError where the config, or the data, are not what they should be */
export const anyTask: TaskMaker = async (given, data) => {
  const config = checkRun(given);
  if (isPrior(config)) {
    if (!data) throw new InputError("A prior is trained on codes: hand them over as `data`, see codesOf.");
    return taskOf(config as unknown as RunConfig, data as Dataset);
  }
  const { limit, resize } = config;
  return taskOf(
    config as RunConfig,
    (data as Dataset | undefined) ?? (await openDataset(config.data, { limit, resize })),
  );
};
