import type { Command } from "commander";
import { type Dataset, floatRows } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { labelsOf } from "../models/labels.js";
import { analogy, meanRow } from "../models/latent-rows.js";
import type { Runner } from "../models/runner.js";
import { tile } from "../pictures/picture.js";
import { action, withCommon } from "./common.js";
import { type LabelOptions, labelOf, withLabel } from "./labels.js";
import {
  assertContinuous,
  type DataOptions,
  openRunData,
  type PictureOptions,
  picturePath,
  savePicture,
  withData,
  withPicture,
  withRun,
} from "./run-data.js";

/** Rows by number, or those of a label. */
type Rows = { readonly rows: readonly number[] } | { readonly label: number };

interface Options extends PictureOptions, DataOptions, LabelOptions {
  readonly from: Rows;
  readonly minus: Rows;
  readonly plus: Rows;
}

/** Rows of a label that a mean is taken over at most. */
const most = 200;

/** arithmetic RUN: the picture of a - b + c, where each is the mean of some rows' latents. */
export function register(program: Command): void {
  const command = program
    .command("arithmetic <run>")
    .description(
      `the picture of a - b + c over means of images' latents, beside those of a, b and c; ROWS is 3,8,20-25 or label=7 (its first ${most})`,
    )
    .requiredOption("--from <rows>", "a", rowsOf("--from"))
    .requiredOption("--minus <rows>", "b", rowsOf("--minus"))
    .requiredOption("--plus <rows>", "c", rowsOf("--plus"));
  withLabel(command, "class that the pictures are decoded as (default: 0)");
  withCommon(withPicture(withData(command), "arithmetic")).action(
    action(async (dir: string, options: Options) => {
      await withRun(options, dir, async ({ run, runner }) => {
        assertContinuous(run);
        const path = picturePath(run, options, "arithmetic");
        const label = labelOf(run, options, ["decoder"]) ?? 0;
        const dataset = await openRunData(run, options);
        const classes = labelsOf(run.model, dataset, ["encoder"]);
        const given = [options.from, options.minus, options.plus].map((rows) => numbersOf(rows, dataset));
        const means: Float32Array[] = [];
        for (const rows of given) means.push(await meanOf(runner, dataset, rows, classes));
        const [from, minus, plus] = means;
        const all = [from, minus, plus, analogy(from, minus, plus)];
        const latents = Float32Array.from(all.flatMap((latent) => [...latent]));
        const images = await runner.decode(latents, [label, label, label, label]);
        const [rowsFrom, rowsMinus, rowsPlus] = given.map((rows) => rows.length);
        const picture = tile(images, run.config.model.inputShape, 4);
        await savePicture(options, path, picture, { rowsFrom, rowsMinus, rowsPlus });
      });
    }),
  );
}

async function meanOf(
  runner: Runner,
  dataset: Dataset,
  rows: readonly number[],
  classes: Uint32Array | undefined,
): Promise<Float32Array> {
  const { latentDim, width } = runner.model;
  const images = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    images.set(floatRows(dataset, row, 1), i * width);
  });
  return meanRow(await runner.encode(images, classes && rows.map((row) => classes[row])), latentDim);
}

function numbersOf(rows: Rows, { name, count, labels }: Dataset): readonly number[] {
  if ("rows" in rows) {
    const beyond = rows.rows.find((row) => row >= count);
    if (beyond !== undefined)
      throw new InputError(`${name} has ${count} images and row ${beyond} was asked for; they go from 0 on.`);
    return rows.rows;
  }
  if (!labels) throw new InputError(`${name} has no labels; name rows by their numbers.`);
  const found: number[] = [];
  for (let n = 0; n < count && found.length < most; n++) if (labels[n] === rows.label) found.push(n);
  if (found.length === 0) throw new InputError(`${name} has no image of label ${rows.label}; name another.`);
  return found;
}

/** Parser of rows: 3,8,20-25 or label=7. */
function rowsOf(flag: string): (text: string) => Rows {
  return (text) => {
    const [, label] = /^label=(\d{1,5})$/.exec(text) ?? [];
    if (label !== undefined) return { label: Number(label) };
    const rows = text.split(",").flatMap((part) => {
      const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
      const [from, to] = [Number(first), Number(last)];
      if (first === undefined || to < from || to - from >= 100_000)
        throw new InputError(`${flag} is "${text.slice(0, 40)}"; give rows such as 3,8,20-25, or label=7.`);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
    return { rows };
  };
}
