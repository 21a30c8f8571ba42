import { InputError } from "../errors.js";
import { openDevice, print } from "./common.js";
import { openCodes } from "./open-codes.js";
import type { DataOptions } from "./run-data.js";
import { loadPrior, openPrior } from "./run-folder.js";

/** evaluate PRIOR: the negative log-likelihood of codes. */
export async function evaluatePrior(dir: string, options: DataOptions & { readonly limit?: number }): Promise<void> {
  const run = loadPrior(dir);
  const { model, data } = run.config;
  const device = await openDevice(options);
  try {
    const spec = options.data ?? data;
    const wanted = { split: options.split, limit: options.limit, bottom: model.top !== undefined };
    const maps = await openCodes(spec, wanted, async () => device);
    if (maps.shape.join() !== model.shape.join())
      throw new InputError(`${spec} holds maps of [${maps.shape}] and the prior takes [${model.shape}]; take others.`);
    if (model.numClasses && !maps.labels)
      throw new InputError(`${spec} has no labels and the prior is class-conditional; take codes that have some.`);
    const { prior, dispose } = openPrior(device, run);
    try {
      const values = await prior.nll(maps.codes, {
        ...(model.numClasses && maps.labels && { labels: maps.labels }),
        ...(model.top && maps.top && { top: maps.top.codes }),
      });
      const nll = values.reduce((sum, v) => sum + v, 0) / maps.count;
      const bitsPerCode = nll / (model.shape[0] * model.shape[1] * Math.LN2);
      print(
        options.json,
        { run: dir, data: spec, split: options.split, maps: maps.count, nll, bitsPerCode },
        `maps           ${maps.count}\nNLL            ${nll.toFixed(3)} nats a map\nbits per code  ${bitsPerCode.toFixed(4)}`,
      );
    } finally {
      dispose();
    }
  } finally {
    await device.dispose();
  }
}
