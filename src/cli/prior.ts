import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import { openPrior, type PriorRun } from "./run-folder.js";

/** How maps of codes are drawn, as the command line has it. */
export interface Drawing {
  readonly count: number;
  readonly seed: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly label?: number;
}

export interface DrawnCodes {
  /** [count, H, W]. */
  readonly codes: Uint32Array;
  /** [H, W]. */
  readonly shape: readonly [number, number];
  /** Of two levels, the top's. */
  readonly top?: DrawnCodes;
}

/** Maps of codes from one prior, or from two: the top level's, then the bottom's, which depends on it.
 * @throws InputError where the priors do not follow on each other, or an option is none of theirs */
export async function drawCodes(device: Device, priors: readonly PriorRun[], drawing: Drawing): Promise<DrawnCodes> {
  assertChain(priors);
  const { count, seed, temperature, topK, topP, label } = drawing;
  const classes = priors.map(({ config }) => config.model.numClasses ?? 0);
  if (label !== undefined && classes.every((n) => n === 0))
    throw new InputError("--label was given and the prior knows no classes; leave it out.");
  let drawn: DrawnCodes | undefined;
  for (const run of priors) {
    const { shape, numClasses } = run.config.model;
    const { prior, dispose } = openPrior(device, run);
    try {
      const codes = await prior.sample(count, {
        seed,
        temperature,
        ...(topK !== undefined && { topK }),
        ...(topP !== undefined && { topP }),
        ...(drawn && { top: drawn.codes }),
        ...(numClasses && label !== undefined && { labels: new Uint32Array(count).fill(label) }),
      });
      drawn = { codes, shape, ...(drawn && { top: drawn }) };
    } finally {
      dispose();
    }
  }
  return drawn as DrawnCodes;
}

/** The first prior depends on no map, each later one on the map of the one before. */
function assertChain(priors: readonly PriorRun[]): void {
  for (const [i, { dir, config }] of priors.entries()) {
    const { top } = config.model;
    const before = priors[i - 1];
    if (top && !before)
      throw new InputError(`The prior ${dir} depends on a top map; name the top's prior before it, with --prior.`);
    if (!top && before)
      throw new InputError(`The prior ${dir} depends on no top map; leave ${before.dir} before it out.`);
    if (!top || !before) continue;
    const { shape, numEmbeddings } = before.config.model;
    if (top.shape.join() !== shape.join() || numEmbeddings > top.numEmbeddings)
      throw new InputError(
        `The prior ${dir} depends on ${top.numEmbeddings} codes on maps of [${top.shape}], and ${before.dir} draws ${numEmbeddings} on [${shape}]; name the prior of the same run's top.`,
      );
  }
}
