import type { Command } from "commander";
import { floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { rolloutAgreement } from "../evaluate/rollouts.js";
import { assertTemporal } from "../models/model.js";
import { rolloutRows } from "../pictures/rollout.js";
import { action, real, whole, withCommon } from "./common.js";
import {
  type DataOptions,
  openRunData,
  type PictureOptions,
  picturePath,
  savePicture,
  withData,
  withPicture,
  withRun,
} from "./run-data.js";

interface Options extends PictureOptions, DataOptions {
  readonly count: number;
  readonly over: number;
  readonly given: number;
  readonly jumps: number;
  readonly length: number;
  readonly seed: number;
  readonly temperature: number;
}

/** rollout RUN: sequences as they go on, jump by jump, beside how they truly do. */
export function register(program: Command): void {
  const command = program
    .command("rollout <run>")
    .description("a TD-VAE's sequences as they go on from the given frames, jump by jump, under how they truly do")
    .option("--count <n>", "sequences in the picture, fewer where the data has no more", whole("--count", 1, 200), 8)
    .option("--over <n>", "sequences that the agreement is measured over", whole("--over", 1, 10_000), 200)
    .option("--given <n>", "frames that the model sees first", whole("--given", 1), 8)
    .option("--jumps <n>", "jumps", whole("--jumps", 1, 100), 5)
    .option("--length <n>", "frames that each jump goes", whole("--length", 1), 2)
    .option("--seed <n>", "of the draws", whole("--seed", 0), 0)
    .option("--temperature <t>", "of the states' draws; 0 takes their means", real("--temperature", 0, 100), 1);
  withCommon(withPicture(withData(command), "rollout")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async ({ run, runner }) => {
        const { frames, frameShape } = assertTemporal(run.model);
        const path = picturePath(run, options, "rollout");
        const { given, jumps, length, seed, temperature } = options;
        if (given > frames)
          throw new InputError(`--given is ${given} and the sequences have ${frames} frames; give ${frames} at most.`);
        const dataset = await openRunData(run, options, Math.max(options.count, options.over));
        const sequences = floatRows(dataset, 0, dataset.count);
        const width = run.model.width / frames;
        const first = new Float32Array(dataset.count * given * width);
        for (let n = 0; n < dataset.count; n++)
          first.set(sequences.subarray(n * frames * width, (n * frames + given) * width), n * given * width);
        const rollouts = await runner.rollout(first, given, { jumps, length, seed, temperature });
        const measured = rolloutAgreement(sequences, rollouts, { count: dataset.count, width, given, length });
        const count = Math.min(options.count, dataset.count);
        const picture = rolloutRows(
          sequences.subarray(0, count * frames * width),
          rollouts.subarray(0, count * (jumps + 1) * width),
          frameShape,
          count,
          { given, length },
        );
        const settings = { given, jumps, length, seed, temperature };
        await savePicture(options, path, picture, { sequences: dataset.count, ...settings, ...measured });
        if (!options.json) process.stdout.write(`${table(measured)}\n`);
      });
    }),
  );
}

function table({ correlation, copy }: ReturnType<typeof rolloutAgreement>): string {
  const line = (name: string, values: readonly number[]): string =>
    `${name.padEnd(28)}${values.map((v) => v.toFixed(3).padStart(7)).join("")}`;
  return [
    line(
      "jumps",
      correlation.map((_, k) => k),
    ).replaceAll(".000", ""),
    line("correlation with the truth", correlation),
    line("of the last given frame", copy),
  ].join("\n");
}
