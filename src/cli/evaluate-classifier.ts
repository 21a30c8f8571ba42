import { openDataset } from "../data/node.js";
import { type Asked, assertJudges, evaluateClassifier, judgeSamples } from "../evaluate/classify.js";
import { openDevice, print } from "./common.js";
import type { DataOptions } from "./run-data.js";
import { loadClassifier, type OpenRun, openClassifier } from "./run-folder.js";

/** evaluate RUN of a classifier: how many images it puts into their own class. */
export async function evaluateClassifierRun(
  dir: string,
  options: DataOptions & { readonly limit?: number },
): Promise<void> {
  const run = loadClassifier(dir);
  const { json, split, limit, resize } = options;
  const data = options.data ?? run.config.data;
  const dataset = await openDataset(data, { split, limit, resize: resize ?? run.config.resize });
  const device = await openDevice(options);
  const { judge, dispose } = openClassifier(device, run);
  try {
    const found = await evaluateClassifier(judge, dataset);
    const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
    print(
      json,
      { run: dir, data, split, ...found },
      [
        `images         ${found.images}`,
        `accuracy       ${percent(found.accuracy)}`,
        `cross-entropy  ${found.nll.toFixed(4)} nats an image`,
        `by class       ${found.byClass.map(percent).join("  ")}`,
      ].join("\n"),
    );
  } finally {
    dispose();
    await device.dispose();
  }
}

/** What the classifier of a run says to draws of a conditional one. */
export async function judged(
  { device, run, runner }: OpenRun,
  dir: string,
  perClass: number,
  seed: number,
): Promise<Asked> {
  const classifier = loadClassifier(dir);
  assertJudges(classifier, run.model);
  const { judge, dispose } = openClassifier(device, classifier);
  try {
    return await judgeSamples(runner, judge, { perClass, seed });
  } finally {
    dispose();
  }
}
