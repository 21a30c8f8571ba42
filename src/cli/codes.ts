import type { Command } from "commander";
import { floatRows } from "../data/dataset.js";
import { type CodeUse, codeUseText, usesOf } from "../models/code-use.js";
import { assertCoded } from "../models/model.js";
import { codesOf } from "../train/codes.js";
import { codePicture } from "./code-picture.js";
import { action, print, whole, withCommon } from "./common.js";
import { writePicture } from "./files.js";
import {
  type DataOptions,
  openRunData,
  type PictureOptions,
  picturePath,
  withData,
  withPicture,
  withRun,
} from "./run-data.js";

interface Options extends DataOptions, PictureOptions {
  readonly limit?: number;
  readonly count: number;
}

/** Dead codes that a line of text names. */
const named = 20;

/** codes RUN: how a data set uses the codes, and a picture of their maps. */
export function register(program: Command): void {
  const command = program
    .command("codes <run>")
    .description("how many codes are in use, their perplexity and the dead ones; images over their maps of codes")
    .option("--limit <n>", "the first n rows of the data", whole("--limit", 1))
    .option("--count <n>", "images in the picture, fewer where the data has no more", whole("--count", 1, 1000), 20);
  withCommon(withPicture(withData(command), "codes")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async ({ run, runner }) => {
        const path = picturePath(run, options, "codes");
        assertCoded(run.model);
        const dataset = await openRunData(run, options, options.limit);
        const found = await codesOf(runner, dataset);
        const uses = found.flatMap(({ indices, sets }) => usesOf(sets, indices));
        const count = Math.min(options.count, dataset.count);
        const picture = await codePicture(runner, floatRows(dataset, 0, count), run.config.model.inputShape);
        await writePicture(path, picture);
        const text = [...uses.map(useText), `${path} (${picture.width} x ${picture.height})`].join("\n");
        print(options.json, { run: dir, images: dataset.count, codebooks: uses, picture: path }, text);
      });
    }),
  );
}

function useText(use: CodeUse): string {
  const { dead } = use;
  if (dead.length === 0) return codeUseText(use);
  const rest = dead.length > named ? ` and ${dead.length - named} more` : "";
  return `${codeUseText(use)}; dead: ${dead.slice(0, named).join(" ")}${rest}`;
}
