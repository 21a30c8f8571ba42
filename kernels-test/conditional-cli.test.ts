// On one adapter: what the command line does, whose kernels other suites prove on each.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openRun } from "../src/cli/run-folder.js";
import { encodeNpy } from "../src/formats/npy.js";
import { decodePng } from "../src/formats/png.js";
import { sampleGrid } from "../src/pictures/grids.js";
import { cli, inPairs, tiny } from "./run-cli.js";

const test = suite("conditional command line");
const folder = mkdtempSync(join(tmpdir(), "latentgpu-conditional-"));
const at = (name: string): string => join(folder, name);
const concat = at("concat");
const moved = at("moved");
const judge = at("judge");
test.after(() => rmSync(folder, { recursive: true, force: true }));

const told = (stdout: string): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;

test.before(async () => {
  const runs = [
    tiny("seed/cvae-concat", concat, "--epochs", "1"),
    tiny("seed/cvae-prior-mean", moved, "--steps", "3"),
    ["train", "classifier/mlp", "--data", "builtin:glyphs?rows=200", "--epochs", "2", "--out", judge],
    tiny("seed/vae-20", at("plain"), "--steps", "2"),
  ];
  await inPairs(runs, async (args) => {
    const { code, lines } = await cli(args);
    assert.is(code, 0, lines.join("\n"));
  });
});

test("ten draws of class 8 are the runner's, and each verb takes classes", async () => {
  const { code, stdout } = await cli(["sample", concat, "--label", "8", "--count", "10", "--seed", "2", "--json"]);
  assert.is(code, 0, stdout);
  const { picture, label } = told(stdout);
  assert.is(label, 8);
  const open = await openRun({ json: true }, concat);
  try {
    const images = await open.runner.sample(10, 2, 1, new Array(10).fill(8));
    const written = await decodePng(readFileSync(String(picture)), String(picture));
    assert.equal(written.data, sampleGrid(images, [1, 28, 28]).data);
  } finally {
    await open.dispose();
  }
  const verbs = [
    ["sample", moved, "--count", "20"],
    ["interpolate", concat, "--count", "2", "--steps", "3", "--label", "4"],
    ["traverse", moved, "--count", "2", "--steps", "3", "--label", "9"],
    ["manifold", concat, "--steps", "3", "--label", "1"],
    ["encode", concat, "--limit", "300"],
    ["evaluate", moved, "--limit", "20", "--classifier", judge, "--per-class", "5"],
    ["evaluate", judge],
  ];
  const outcomes = new Map<string, Record<string, unknown>>();
  await inPairs(verbs, async (args) => {
    const ended = await cli([...args, "--json"]);
    assert.is(ended.code, 0, `${args}: ${ended.lines.join("\n")}`);
    outcomes.set(args.slice(0, 2).join(" "), told(ended.stdout));
  });
  const grid = outcomes.get(`sample ${moved}`);
  assert.equal([grid?.width, grid?.height], [10 * 58 - 2, 2 * 58 - 2], "a column a class");
  const evaluated = outcomes.get(`evaluate ${moved}`);
  assert.equal([evaluated?.perClass, (evaluated?.asAskedByClass as number[]).length], [5, 10]);
  const right = outcomes.get(`evaluate ${judge}`)?.accuracy as number;
  assert.ok(right > 0.15 && right <= 1, `${right} of the drawn digits`);
});

test("what a run does not know is refused in a sentence", async () => {
  const bare = at("bare.npy");
  writeFileSync(bare, encodeNpy([2, 28, 28], new Float32Array(2 * 784)));
  const latents = at("latents.npy");
  writeFileSync(latents, encodeNpy([2, 2], new Float32Array(4)));
  const refused: [RegExp, string[]][] = [
    [/--label is 12; the model's classes go from 0 to 9/, ["sample", concat, "--label", "12"]],
    [/the model knows no classes/, ["sample", at("plain"), "--label", "1"]],
    [/the model knows no classes/, ["evaluate", at("plain"), "--classifier", judge]],
    [/decoder is not told classes/, ["decode", moved, latents, "--label", "1"]],
    [/no labels and the model is conditional/, ["reconstruct", concat, "--data", bare]],
    [/no labels and the model is conditional/, ["train", "seed/cvae-8", "--data", bare, "--out", at("none")]],
    [/no labels and the model is a classifier/, ["train", "classifier/conv", "--data", bare, "--out", at("none")]],
    [/is a classifier and makes no images/, ["sample", judge]],
    [/is of kind "vae" and no classifier/, ["evaluate", moved, "--classifier", concat]],
  ];
  await inPairs(refused, async ([says, args]) => {
    const { code, stdout } = await cli([...args, "--json"]);
    assert.is(code, 2, `${args}: ${stdout}`);
    assert.match(String(told(stdout).error), says);
  });
});

test.run();
