import { editDistance } from "../check.js";
import { InputError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { largestDataset } from "./dataset.js";
import { drawGlyphs } from "./glyphs.js";
import { drawMovingGlyphs } from "./moving-glyphs.js";
import { drawScenes } from "./scenes.js";
import { drawSprites } from "./sprites.js";

/** Which part of a dataset: what is trained on, or what is held out. */
export type Split = "train" | "test";

interface Builtin {
  /** Values (bytes) in a row. */
  rowLength: number;
  /** Rows of the train split unless the SPEC names another number. */
  rows: number;
  /** Rows `first` to `first + rows`; a row is a function of the seed and its number alone. */
  draw(rows: number, seed: number, first: number): Dataset;
}

/** Datasets that our own code draws. Another one is one more line. */
const builtins: Record<string, Builtin> = {
  glyphs: { rowLength: 28 * 28, rows: 10000, draw: drawGlyphs },
  sprites: { rowLength: 64 * 64, rows: 10000, draw: drawSprites },
  "moving-glyphs": { rowLength: 20 * 28 * 28, rows: 4000, draw: drawMovingGlyphs },
  scenes: { rowLength: 128 * 128 * 3, rows: 2000, draw: drawScenes },
};

/** Test rows are drawn from here on, so that no number of train rows can reach them. */
const firstTestRow = 2 ** 31;

/** The builtin whose name is nearest to what was typed. */
export function nearestBuiltin(name: string): { name: string; distance: number } {
  const ranked = Object.keys(builtins).map((known) => ({ name: known, distance: editDistance(name, known) }));
  return ranked.reduce((best, next) => (next.distance < best.distance ? next : best));
}

export function isBuiltin(spec: string): boolean {
  return spec.startsWith("builtin:");
}

function wholeOption(key: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new InputError(`The builtin's option ${key} is a whole number from ${least}, got "${text.slice(0, 64)}".`);
  }
  return value;
}

/** Draws `builtin:NAME` or `builtin:NAME?rows=5000&seed=3` (10000 rows, of moving-glyphs 4000, of scenes 2000, and seed 0 unless named). The test split holds a
 * fifth as many rows, from another range of row numbers. `limit` draws no more rows than that.
 * Throws InputError on an unknown name (with the nearest one) or option. */
export function openBuiltin(spec: string, split: Split, limit?: number): Dataset {
  const [name = "", query = "", ...rest] = spec.slice("builtin:".length).split("?");
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (!builtin) {
    throw new InputError(
      `There is no builtin dataset "${name.slice(0, 64)}": did you mean builtin:${nearestBuiltin(name).name}? Known: ${Object.keys(builtins).join(", ")}.`,
    );
  }
  const options = { rows: builtin.rows, seed: 0 };
  for (const pair of [query, ...rest].join("?").split("&")) {
    if (pair === "") continue;
    const [key = "", text = ""] = pair.split(/=(.*)/s);
    if (key === "rows") options.rows = wholeOption(key, text, 1);
    else if (key === "seed") options.seed = wholeOption(key, text, 0);
    else throw new InputError(`builtin:${name} has no option "${key.slice(0, 64)}": it takes rows and seed.`);
  }
  const whole = split === "test" ? Math.ceil(options.rows / 5) : options.rows;
  const rows = Math.min(whole, limit ?? whole);
  if (rows * builtin.rowLength > largestDataset) {
    throw new InputError(
      `builtin:${name} with ${rows} rows would take ${rows * builtin.rowLength} bytes, over 2 GiB: ask for at most ${Math.floor(largestDataset / builtin.rowLength)} rows.`,
    );
  }
  return builtin.draw(rows, options.seed, split === "test" ? firstTestRow : 0);
}
