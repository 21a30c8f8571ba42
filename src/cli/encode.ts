import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { NpyRows } from "../formats/npy.js";
import { action, print, whole, withCommon } from "./common.js";
import { unwritable } from "./files.js";
import { type DataOptions, openRunData, withData, withRun } from "./run-data.js";

interface Options extends DataOptions {
  readonly out?: string;
  readonly limit?: number;
  readonly statistics: boolean;
}

/** Images encoded at a time. */
const CHUNK = 256;

/** encode RUN: latents of a data set as a NumPy array, written row by row. */
export function register(program: Command): void {
  const command = program
    .command("encode <run>")
    .description("latents of images (of a VAE the means) as a NumPy file [images, latentDim] of f32")
    .option("--out <file.npy>", "where to write (default: RUN/latents.npy)")
    .option("--limit <n>", "the first n rows of the data", whole("--limit", 1))
    .option("--statistics", "a VAE's mu and logVar side by side, [images, 2 latentDim]", false);
  withCommon(withData(command)).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async ({ run, runner }) => {
        const out = options.out ?? join(dir, "latents.npy");
        if (!/\.npy$/i.test(out))
          throw new InputError(`--out is ${out}; latents are a NumPy file, so give it a name in .npy.`);
        if (options.statistics && run.config.model.kind !== "vae")
          throw new InputError(
            `A model of kind "${run.config.model.kind}" has no mu and logVar; leave out --statistics.`,
          );
        const dataset = await openRunData(run, options, options.limit);
        const shape = [dataset.count, run.model.latentDim * (options.statistics ? 2 : 1)];
        const rows = new NpyRows("<f4", shape);
        await writeStream(out, async (write) => {
          write(rows.header);
          for (let at = 0; at < dataset.count; at += CHUNK) {
            const images = floatRows(dataset, at, Math.min(CHUNK, dataset.count - at));
            write(rows.rows(await (options.statistics ? runner.statistics(images) : runner.encode(images))));
          }
          rows.finish();
        });
        print(options.json, { latents: out, shape, dtype: "float32" }, `${out} [${shape.join(", ")}] float32`);
      });
    }),
  );
}

/** Writes a file in pieces, beside and renamed when whole: what was there stays until then, and where `work` fails. */
async function writeStream(path: string, work: (write: (bytes: Uint8Array) => void) => Promise<void>): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.part`);
  const guarded = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      throw unwritable(path, error);
    }
  };
  const file = guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(part, "w");
  });
  try {
    try {
      await work((bytes) => {
        for (let at = 0; at < bytes.length; ) at += guarded(() => writeSync(file, bytes, at));
      });
      guarded(() => fsyncSync(file));
    } finally {
      closeSync(file);
    }
    guarded(() => renameSync(part, path));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
