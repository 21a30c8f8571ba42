import { join } from "node:path";
import type { Command } from "commander";
import { type Dataset, floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { mapShape } from "../models/code-maps.js";
import { labelsOf } from "../models/labels.js";
import { action, print, whole, withCommon } from "./common.js";
import { type NpyTarget, writeNpyFiles } from "./npy-files.js";
import { type DataOptions, openRunData, withData, withRun } from "./run-data.js";
import type { OpenRun } from "./run-folder.js";

interface Options extends DataOptions {
  readonly out?: string;
  readonly limit?: number;
  readonly statistics: boolean;
}

/** Images encoded at a time. */
const CHUNK = 256;

/** encode RUN: latents, or codes, of a data set as NumPy arrays, written row by row. */
export function register(program: Command): void {
  const command = program
    .command("encode <run>")
    .description(
      "latents of images (of a VAE the means) as a NumPy file [images, latentDim] of f32; codes as u32 [images, height, width], a file each level",
    )
    .option("--out <file.npy>", "where to write (default: RUN/latents.npy or RUN/codes.npy)")
    .option("--limit <n>", "the first n rows of the data", whole("--limit", 1))
    .option("--statistics", "a VAE's mu and logVar side by side, [images, 2 latentDim]", false);
  withCommon(withData(command)).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async (open) => {
        const { model, config } = open.run;
        const out = options.out ?? join(dir, model.coded ? "codes.npy" : "latents.npy");
        if (!/\.npy$/i.test(out))
          throw new InputError(
            `--out is ${out}; ${model.coded ? "codes" : "latents"} are a NumPy file, so give it a name in .npy.`,
          );
        if (options.statistics && config.model.kind !== "vae")
          throw new InputError(`A model of kind "${config.model.kind}" has no mu and logVar; leave out --statistics.`);
        const dataset = await openRunData(open.run, options, options.limit);
        if (model.coded) await encodeCodes(open, options, dataset, out);
        else await encodeLatents(open, options, dataset, out);
      });
    }),
  );
}

async function encodeLatents({ run, runner }: OpenRun, options: Options, dataset: Dataset, out: string): Promise<void> {
  const shape = [dataset.count, run.model.latentDim * (options.statistics ? 2 : 1)];
  await writeNpyFiles([{ path: out, dtype: "<f4", shape }], async ([write]) => {
    const labels = labelsOf(run.model, dataset, ["encoder"]);
    let at = 0;
    for (const images of chunks(dataset)) {
      const own = labels?.subarray(at, at + CHUNK);
      write?.(await (options.statistics ? runner.statistics(images, own) : runner.encode(images, own)));
      at += CHUNK;
    }
  });
  print(options.json, { latents: out, shape, dtype: "float32" }, `${out} [${shape.join(", ")}] float32`);
}

async function encodeCodes({ runner }: OpenRun, options: Options, dataset: Dataset, out: string): Promise<void> {
  const { levels } = runner;
  const targets = levels.map(
    (level): NpyTarget => ({
      path: levels.length === 1 ? out : out.replace(/\.npy$/i, `-${level.name}$&`),
      dtype: "<u4",
      shape: mapShape(level, dataset.count),
    }),
  );
  await writeNpyFiles(targets, async (write) => {
    for (const images of chunks(dataset))
      for (const [i, map] of (await runner.indices(images)).entries()) write[i]?.(map);
  });
  const told = targets.map(({ path, shape }, i) => {
    const { name, numEmbeddings } = levels[i] as { name: string; numEmbeddings: number };
    return { level: name, codes: path, shape, dtype: "uint32", numEmbeddings };
  });
  const text = told.map(
    ({ codes, shape, numEmbeddings }) => `${codes} [${shape.join(", ")}] uint32 below ${numEmbeddings}`,
  );
  print(options.json, { levels: told }, text.join("\n"));
}

function* chunks(dataset: Dataset): Generator<Float32Array> {
  for (let at = 0; at < dataset.count; at += CHUNK) yield floatRows(dataset, at, Math.min(CHUNK, dataset.count - at));
}
